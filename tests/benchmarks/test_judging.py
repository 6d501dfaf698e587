"""What is held against a run: each promise breaks where it was broken; nothing proves nothing."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.parts import Parts
from benchmarks.load import gauges, judging
from benchmarks.load.gauges import changes
from lab.report.folder import read
from tests.lab.runs import BEGAN, plant, sample

SINCE = datetime.now(UTC) - timedelta(minutes=1)


def test_503_is_counted_and_anything_else_is_wrong(tmp_path: Path) -> None:
    busy = plant(tmp_path / "busy", {"samples": [sample(0, errors=3, busy=3)]})
    wrong = plant(tmp_path / "wrong", {"samples": [sample(0, errors=3, busy=2)]})

    assert judging.of_answers(read(busy)).holds
    assert not judging.of_answers(read(wrong)).holds
    assert "10 requests, 1 wrong, 2 asked" in judging.of_answers(read(wrong)).counted


def test_nothing_asked_and_nothing_heard_proves_nothing(tmp_path: Path) -> None:
    silent = read(plant(tmp_path, {"deliveries": [{"at": BEGAN, "events": 0, "screens": 9}]}))

    assert not judging.of_answers(silent).holds
    assert not judging.of_screens(silent).holds


def test_what_was_acknowledged_and_is_not_there_is_found(parts: Parts, tmp_path: Path) -> None:
    plant(tmp_path, {"acknowledged": [{"at": 1, "kind": "readings", "start": 1, "stop": 3}]})
    readings, output = judging.of_storing(parts, tmp_path, since=SINCE)

    assert not readings.holds
    assert readings.counted.startswith("2 acknowledged, 2 lost")
    # Nobody sent any.
    assert not output.holds


@pytest.mark.parametrize(("lies", "holds"), [(0.0, [True]), (1.0, [False]), (None, [])])
def test_a_lie_of_the_cache_breaks_its_promise(lies: float | None, holds: list[bool]) -> None:
    grown = {"andon_answers_total": 500.0, "andon_lies_total": lies}

    assert [each.holds for each in judging.of_lies(grown.get)] == holds


def test_a_gauge_is_what_a_total_grew_by_in_a_second() -> None:
    before = {"andon_answers_total": 100.0, "andon_waiting": 7.0, "statements": 50.0}
    told = changes(before, {"andon_answers_total": 300.0, "andon_waiting": 2.0}, seconds=2.0)

    assert {name: value for name, value in told.items() if name != "at"} == {
        "cache_asked": 100.0,
        "stream_lag": 2.0,
    }


def test_a_source_that_is_silent_for_a_moment_leaves_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([{"statements": 10.0}, {}, {"statements": 900.0}, {"statements": 901.0}, {}])
    monkeypatch.setattr(gauges, "EVERY_SECONDS", 0.01)
    watched = gauges.Gauges(tmp_path, lambda: next(told, {}), lambda: {"andon_waiting": 1.0})
    with watched:
        while watched.last.get("statements") != 901.0:
            time.sleep(0.01)
    lines = [json.loads(line) for line in (tmp_path / gauges.FILE).read_text().splitlines()]

    assert [("database_queries" in line) for line in lines[:3]] == [False, False, True]
    assert all(line["stream_lag"] == 1.0 for line in lines)
    assert watched.grown("statements") == 891.0
    assert watched.grown("unheard of") is None


def test_a_total_that_begins_anew_has_not_shrunk() -> None:
    told = changes({"statements": 900.0}, {"statements": 4.0}, seconds=1.0)

    assert told["database_queries"] == 0.0
