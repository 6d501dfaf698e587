"""Who takes part; a contender's module is loaded in its own process only."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distributions

from benchmarks.querycache.contender import Contender
from lab.engines import EngineFailed

_HERE = "benchmarks.querycache"


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contender by its name on the page, and what it can be asked for."""

    name: str
    where: str
    # A cache is raced; its burst must not reach the database.
    is_cache: bool = True
    # Whose commit without a cache its own is compared with; None: it is not asked to write.
    plain: str | None = None

    def make(self, database_url: str, cache_url: str) -> Contender:
        module, name = self.where.split(":")
        contender: Contender = getattr(import_module(module), name)(database_url, cache_url)
        return contender


BARE = "redis-py GET, bytes"
CORE = "the query, SQLAlchemy Core"
DJANGO = "the query, Django"
STRICT, VALIDATED, TRACKED = "ours, strict", "ours, near, validated", "ours, near, tracked"

ENTRANTS = [
    Entrant(BARE, f"{_HERE}.plain:BareGet", is_cache=False),
    Entrant("the same, no pool", f"{_HERE}.plain:GetOfItsOwn", is_cache=False),
    Entrant(STRICT, f"{_HERE}.ours:Strict", plain=CORE),
    Entrant(VALIDATED, f"{_HERE}.ours:Validated"),
    Entrant(TRACKED, f"{_HERE}.ours:Tracked"),
    Entrant("dogpile.cache", f"{_HERE}.peers.with_dogpile:Dogpile", plain=CORE),
    Entrant("flask-caching memoize", f"{_HERE}.peers.with_flask_caching:FlaskCaching", plain=CORE),
    Entrant("cashews", f"{_HERE}.peers.with_cashews:Cashews", plain=CORE),
    Entrant("django-cacheops", f"{_HERE}.peers.with_django:Cacheops", plain=DJANGO),
    Entrant("django-cachalot", f"{_HERE}.peers.with_django:Cachalot", plain=DJANGO),
    Entrant(CORE, f"{_HERE}.plain:Core", is_cache=False, plain=CORE),
    Entrant("the query, SQLAlchemy ORM", f"{_HERE}.plain:Orm", is_cache=False),
    Entrant(DJANGO, f"{_HERE}.peers.with_django:Django", is_cache=False, plain=DJANGO),
]
CACHES = [entrant for entrant in ENTRANTS if entrant.is_cache]
# A near cache commits and fills as the strict one does.
WRITERS = [entrant for entrant in ENTRANTS if entrant.plain]
FILLERS = [entrant for entrant in WRITERS if entrant.is_cache]

# As they are known to pip, which tells their versions.
PEERS = (
    "dogpile.cache",
    "flask-caching",
    "cashews",
    "django",
    "django-cacheops",
    "django-cachalot",
)


def require_peers() -> None:
    """Refuse with a word of advice where the peers are not installed."""
    missing = [name for name in PEERS if not any(distributions(name=name))]
    if missing:
        raise EngineFailed(f"{', '.join(missing)} not installed: start this with `make bench`")
