"""Django's ORM alone, with django-cacheops, and with django-cachalot: one of them a process."""

# mypy: disable-error-code="import-not-found"

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

from benchmarks.querycache.contender import TTL_SECONDS, Contender, Rows, is_query
from benchmarks.querycache.table import id_of

MODELS = "benchmarks.querycache.peers.shelves"


class Django(Contender):
    """The query, by Django's ORM: 20 new objects."""

    applications: tuple[str, ...] = ()

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        settings.configure(
            INSTALLED_APPS=[*self.applications, MODELS],
            DATABASES={"default": _database(database_url)},
            USE_TZ=True,
            **self.settings(),
        )
        django.setup()
        self.items = import_module(f"{MODELS}.models").Item.objects
        self._kept: dict[int, Any] = {}
        connection = import_module("django.db").connection
        connection.execute_wrappers.append(self._noticing)

    def settings(self) -> dict[str, object]:
        return {}

    def read(self, shelf: int) -> Rows:
        return list(self.items.filter(shelf=shelf).order_by("id"))

    def write(self, shelf: int, row: int, amount: int) -> None:
        """One UPDATE: the object is at hand, as after a form was filled in."""
        id_ = id_of(shelf, row)
        if id_ not in self._kept:
            self._kept[id_] = self.items.get(id=id_)
        kept = self._kept[id_]
        kept.amount = Decimal(amount)
        with import_module("django.db.transaction").atomic():
            kept.save(update_fields=["amount"])

    def amount(self, row: Any) -> int:  # noqa: ANN401 (Django's model carries no types)
        return int(row.amount)

    def _noticing(
        self,
        execute: Callable[..., object],
        sql: str,
        params: object,
        many: object,
        context: object,
    ) -> object:
        answer = execute(sql, params, many, context)
        if is_query(sql) and "ORDER BY" in sql:  # not cacheops' own look at the row before a save
            self.query_ran()
        return answer


class Cacheops(Django):
    """It invalidates by itself, by conditions of equality."""

    applications = ("cacheops",)

    def settings(self) -> dict[str, object]:
        return {
            "CACHEOPS_REDIS": self.cache_url,
            "CACHEOPS": {"shelves.*": {"ops": {"fetch"}, "timeout": TTL_SECONDS}},
        }

    def fill(self, shelf: int) -> Rows:
        return list(self.items.filter(shelf=shelf).order_by("id").cache(lock=True))


class Cachalot(Django):
    """It invalidates by itself, by tables; it has nothing against many that miss at once."""

    applications = ("cachalot",)

    def settings(self) -> dict[str, object]:
        backend = "django.core.cache.backends.redis.RedisCache"
        return {
            "CACHES": {"default": {"BACKEND": backend, "LOCATION": self.cache_url}},
            "CACHALOT_TIMEOUT": TTL_SECONDS,
        }


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }
