"""The report as a page of its own and as Markdown, from the same facts by two templates."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from lab.report import drawn, sides, story
from lab.report.charts import clock
from lab.report.folder import Run, read

PAGE, WORDS = "report.html", "report.md"
_HERE = Path(__file__).parent
KINDS = {"chaos": "Faults under load", "load": "Load"}


def write(folder: Path) -> Path:
    """Write both beside the run's files, whatever there is of them; give where the page is."""
    told = _told(read(folder))
    for name in (PAGE, WORDS):
        (folder / name).write_text(_templates().get_template(name).render(told), encoding="utf-8")
    return folder / PAGE


def _told(run: Run) -> dict[str, Any]:
    broken = [verdict for verdict in run.verdicts if not verdict.holds]
    return {
        "title": KINDS.get(run.about.kind, "Run"),
        "run": run,
        "lasted": clock(run.span[1] - run.span[0]),
        # What is wrong stands first.
        "verdicts": [*broken, *(each for each in run.verdicts if each.holds)],
        "broken": broken,
        "figures": story.figures(run),
        "charts": drawn.charts(run),
        "small": drawn.by_route(run),
        "faults": story.felt(run),
        "sides": sides.sides(run),
        "beside": story.beside(run),
        "was_busy": story.was_busy(run),
        "routes": story.table(run),
        "wrongs": story.wrongs(run),
        "facts": story.facts(run),
        "milliseconds": story.milliseconds,
        "style": Markup((_HERE / "report.css").read_text()),  # noqa: S704 (ours; no word of a run)
    }


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    return environment


def _cell(words: object) -> str:
    """Words of a run in Markdown: one line, no cell's end, and no markup."""
    plain = str(escape(" ".join(str(words).split())))
    for mark in "\\`*_[]|":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
