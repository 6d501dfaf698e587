"""What is written, what is compared, and what is held against a goal."""

from pathlib import Path

import pytest

from benchmarks import comparison, goals, report
from benchmarks.finding import Figure, Finding, Part, clocked, counted, fifths, ratio
from benchmarks.live.part import fitting


def nobody(_: object) -> Finding:
    raise NotImplementedError


SESSIONS = Part("sessions", "## Sessions", nobody)
BOARDS = Part("leaderboards", "## Boards", nobody)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = tmp_path / "benchmarks.md"
    monkeypatch.setattr(report, "DOCS", tmp_path)
    page.write_text("# A\n\n## Goals\n\n## Sessions\n\nof yesterday\n\n## Other\n\nkept\n")
    (tmp_path / "benchmarks.json").write_text("{}")
    return page


def found(*figures: Figure) -> Finding:
    return Finding("a machine", "| a table |", "What it means.", list(figures))


def test_one_part_measured_again_leaves_the_others(page: Path) -> None:
    report.publish(BOARDS, found(counted("rank, trips", 1, "trips")))
    report.publish(SESSIONS, found(counted("read, trips", 1, "trips")))
    text = page.read_text()

    assert "## Sessions\n\na machine\n\n| a table |\n\nWhat it means.\n\n## Other\n\nkept\n" in text
    assert text.endswith("## Boards\n\na machine\n\n| a table |\n\nWhat it means.\n")
    assert "yesterday" not in text
    assert list(report.numbers()) == ["leaderboards", "sessions"]
    assert report.numbers()["leaderboards"].figures[0].name == "rank, trips"


def test_goals_are_judged_by_what_all_parts_found_last(page: Path) -> None:
    report.publish(BOARDS, found(counted("rank, trips", 1, "trips")))
    report.publish(SESSIONS, found(counted("read, trips", 2, "trips")))
    rows = {row.split("|")[2].strip(): row for row in page.read_text().splitlines() if "|" in row}

    assert "| 1 trip " in rows["a member's rank: one round trip"]
    assert "| met " in rows["a member's rank: one round trip"]
    assert "| **missed** " in rows["read: one round trip"]
    assert "| not measured " in rows["write: two round trips"]


def test_a_run_is_compared_with_the_one_before_it(page: Path) -> None:
    report.publish(SESSIONS, found(ratio("read : stock", [1.0, 1.1, 1.0, 0.9, 1.0])))
    again = report.publish(SESSIONS, found(ratio("read : stock", [1.1, 1.2, 1.0, 1.1, 1.3])))
    moved = report.publish(SESSIONS, found(ratio("read : stock", [1.5, 1.4, 1.5, 1.4, 1.6])))

    assert again == []
    assert moved == ["read : stock: 1.10 times (1.00 … 1.30) -> 1.50 times (1.40 … 1.60)"]


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (ratio("a", [1, 2, 3, 4, 5]), ratio("a", [6, 7, 8, 9, 10]), True),
        (ratio("a", [6, 7, 8, 9, 10]), ratio("a", [1, 2, 3, 4, 5]), True),
        (ratio("a", [1, 2, 3, 4, 5]), ratio("a", [5, 7, 8, 9, 10]), False),
        # Apart, and by less than anybody would act upon.
        (ratio("a", [1.0] * 5), ratio("a", [1.04] * 5), False),
        (ratio("a", [1.0] * 5), ratio("a", [1.06] * 5), True),
        # Four rounds say nothing of how far they wander.
        (ratio("a", [1.0] * 4), ratio("a", [9.0] * 4), False),
        (counted("a", 1, "trips"), counted("a", 1.02, "trips"), True),
        (counted("a", 1, "trips"), counted("a", 1, "trips"), False),
        (clocked("a", 1, "ms"), clocked("a", 100, "ms"), False),
    ],
)
def test_what_moved_is_beyond_what_either_run_wandered(
    old: Figure, new: Figure, *, moved: bool
) -> None:
    assert comparison.has_moved(old, new) is moved


def test_what_was_never_measured_before_has_not_moved() -> None:
    assert comparison.moved({}, [counted("a", 1, "trips")]) == []


def test_fifths_hold_every_round_once_and_in_order() -> None:
    assert fifths(list(range(25))) == [2, 7, 12, 17, 22]
    assert fifths([1, 2, 3, 4, 5, 6]) == [1, 2, 3.5, 5, 6]
    assert fifths([9, 8, 1, 2, 5, 6, 3, 4, 7, 0]) == [8.5, 1.5, 5.5, 3.5, 3.5]
    assert fifths([1, 2, 3, 4]) == []


@pytest.mark.parametrize(("value", "word"), [(1.5, "met"), (1.51, "**missed**")])
def test_a_goal_is_met_at_its_bound(value: float, word: str) -> None:
    goal = goals.Goal("queries", "a hit", "the design", "hit", at_most=1.5)

    assert goal.row({"hit": clocked("hit", value, "times")})[-1] == word


def test_a_goal_may_be_the_least_too() -> None:
    goal = goals.Goal("pages", "all delivered", "the design", "delivered", at_least=100)

    assert goal.row({"delivered": clocked("delivered", 99.9, "%")})[-1] == "**missed**"


def test_pages_for_which_there_are_not_enough_files_are_left_out_with_a_word() -> None:
    fit, words = fitting((500, 2_000, 10_000), files=4_096)

    assert fit == [500, 2_000]
    assert "Left out: 10,000" in words
    assert "4,096 files" in words
    assert fitting((500,), files=4_096)[1].startswith(" A process may open 4,096 files")


def test_every_goal_is_held_against_a_figure_that_was_published() -> None:
    published = report.numbers().values()
    names = {figure.name for part in published for figure in part.figures}

    assert [goal.figure for goal in goals.GOALS if goal.figure not in names] == []
