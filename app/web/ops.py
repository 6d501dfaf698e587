"""For the engineer: the cache at work, the streams, the servers and the instances; live."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from app.cache import QUERIES
from app.domain import operations
from app.observability.instances import Instances
from app.observability.series import Sample, Series, levels, rates
from app.web import guards
from app.web.charts import Point
from app.web.drawing import number
from app.web.handed import parts
from app.web.pages import account_page

bp = Blueprint("ops", __name__, url_prefix="/ops")

# How many reads follow a write in the trials that the page offers.
MIXES = (100, 10, 1, 0)
_MINUTE = timedelta(minutes=1)


class Card(NamedTuple):
    """One number, what it means, and its way over the last hour."""

    label: str
    value: str
    hint: str
    points: Sequence[Point]


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    return _page(None)


@bp.post("/trial")
@guards.role("admin")
def try_out() -> ResponseReturnValue:
    """Run the strategies side by side, and show what they cost."""
    asked = request.form.get("reads_a_write", "")
    if asked not in map(str, MIXES):
        raise BadRequest("There is no such mix of reads and writes.")
    results = operations.try_out(
        operations.Trial(int(asked)), database=parts().database, cache=parts().cache
    )
    return _page(results, reads_a_write=int(asked))


def vitals(now: datetime) -> operations.Vitals:
    """What each part says of itself just now; raises what one that is away raises."""
    with parts().database.transaction() as session:
        return operations.vitals(
            session,
            store=parts().cache.store,
            landing=parts().landing,
            redis=parts().redis,
            now=now,
            idle=parts().config.session_idle,
        )


def _page(
    results: Sequence[operations.TrialResult] | None, *, reads_a_write: int = MIXES[1]
) -> ResponseReturnValue:
    now = datetime.now(UTC)
    told = vitals(now)
    samples = [*Series(parts().redis).recent(), Sample(now, operations.numbers(told))]
    return account_page(
        "ops/show.html",
        moment=now,
        told=told,
        cards=_cards(samples, told),
        # Who spares most stands first.
        queries=sorted(told.queries.items(), key=lambda each: -each[1].saved_seconds),
        policies={name: query.policy for name, query in QUERIES.items()},
        instances=Instances(parts().redis).seen(),
        mixes=MIXES,
        reads_a_write=reads_a_write,
        results=results,
    )


def _cards(samples: Sequence[Sample], told: operations.Vitals) -> list[Card]:
    def level(name: str, scale: float = 1) -> list[Point]:
        return [(at, value / scale) for at, value in levels(samples, name)]

    def rate(name: str) -> list[Point]:
        return rates(samples, name)

    limit = sum(server.memory_limit for server in told.servers)
    return [
        _card("Answers from memory", "of all, this minute", _spared(samples), _percent),
        _card("Answers a second", "named queries, all processes", rate("answers_total")),
        _card("Database time saved", "seconds in each second", rate("saved_seconds_total")),
        _card("Transactions a second", "of PostgreSQL, all in all", rate("transactions_total")),
        _card("Batches landed a second", "readings and output", rate("landed_total")),
        _card("Batches taken a second", "by the drains", rate("taken_total")),
        _card("Batches waiting", "landed, not yet stored", level("waiting")),
        _card(
            "Memory of the cache",
            f"MB of {number(limit / 1e6)}" if limit else "MB, without a limit",
            level("memory_bytes", 1e6),
        ),
        _card("Keys evicted a second", "for want of memory", rate("evicted_total")),
        _card("Commands a second", "to the cache", rate("commands_total")),
        _card("Replica behind", "KB, the furthest", level("replica_lag_bytes", 1e3)),
        _card("People signed in", "on all their devices", level("sessions")),
    ]


def _card(
    label: str, hint: str, points: Sequence[Point], spell: Callable[[float], str] = number
) -> Card:
    return Card(label, spell(points[-1][1]) if points else "", hint, points)


def _percent(share: float) -> str:
    return f"{share:.1f}%"


def _spared(samples: Sequence[Sample]) -> list[Point]:
    """The percentage that cost the database nothing, over the minute before each sample."""
    points = []
    first = 0
    for sample in samples:
        while samples[first].at < sample.at - _MINUTE:
            first += 1
        before, after = samples[first].numbers, sample.numbers
        asked = after["answers_total"] - before["answers_total"]
        if asked > 0:
            spared = after["spared_total"] - before["spared_total"]
            points.append((sample.at, 100 * max(0.0, spared) / asked))
    return points
