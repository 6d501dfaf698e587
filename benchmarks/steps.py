"""Part: each step of the application beside the barest call that does the same work."""

from collections.abc import Callable

from sqlalchemy import text

from benchmarks import announcing, drain, landing, pages
from benchmarks.finding import Finding, Part, machine, ratio
from benchmarks.instance import Instance
from benchmarks.report import compared_table
from benchmarks.rounds import Compared

HEADING = "## What the steps cost"

_MEANS = (
    "Rates and costs are medians over the rounds, and a cost is taken within a round: 2.0 means "
    "that our step took twice as long as the bare call just after it, or for a page twice the CPU "
    "time."
)


def measure(tell: Callable[[str], None]) -> Finding:
    """With an instance of its own."""
    with Instance() as instance:
        on = f"{machine('flask', 'redis', 'granian')}, {engines(instance)}"
        compared = []
        for figure in (landing, drain, announcing):
            tell(figure.__name__.removeprefix("benchmarks."))
            compared.append(figure.compare(instance))
        instance.start("web")
        tell("pages")
        compared += pages.compare(instance)
    means = "\n".join(f"- **{each.name}**: {each.means}" for each in compared)
    return Finding(
        on,
        compared_table(compared),
        f"{_MEANS}\n\n{means}",
        [ratio(f"{each.name} : {each.beside}", each.costs) for each in compared],
        {"rates": {each.name: rates(each) for each in compared}},
    )


def engines(instance: Instance) -> str:
    """The engines' versions."""
    with instance.parts.database.transaction() as session:
        postgres = str(session.scalar(text("SHOW server_version"))).split()[0]
    valkey = instance.parts.redis.info("server").get("valkey_version", "?")
    return f"Valkey {valkey}, PostgreSQL {postgres}"


def rates(each: Compared) -> dict[str, object]:
    """Round by round, for the file of numbers."""
    return {
        "unit": each.unit,
        "ours": [round(rate, 1) for rate in each.ours],
        "bare": [round(rate, 1) for rate in each.bare],
    }


PART = Part("steps", HEADING, measure)
