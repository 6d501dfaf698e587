"""A planted run's report says what was planted, where it belongs, and nothing that was not."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lab.report.folder import Delivery, Sample, read
from lab.report.numbers import Buckets, gauge, hit_ratio, routes, times, would_be
from lab.report.page import write
from lab.report.sides import sides
from tests.lab.runs import BEGAN, about, plant, sample, verdict

HELD = verdict("Every acknowledged reading is stored once", holds=True)
BROKEN = verdict("No read is stale", holds=False, counted="3 of 9 reads")
FAULT = {
    "name": "Killed an instance",
    "began": BEGAN + 25,
    "ended": BEGAN + 50,
    "recovered": BEGAN + 75,
    "words": "kill -9",
    "error_seconds": 4.0,
    "p99_ms": 1234.0,
}


def page_of(folder: Path) -> str:
    return write(folder).read_text()


def test_percentiles_of_many_seconds_are_never_told_too_short() -> None:
    calm = {"p50_ms": 10.0, "p95_ms": 20.0, "p99_ms": 30.0, "max_ms": 40.0}
    told = times(read_samples([calm] * 9 + [dict.fromkeys(calm, 500.0)]))

    # Half of the nine tenths took at most 10 ms; a tenth took 500.
    assert told == (20.0, 500.0, 500.0, 500.0)


def test_seconds_in_which_all_took_the_same_time_are_told_exactly() -> None:
    same = [dict.fromkeys(("p50_ms", "p95_ms", "p99_ms", "max_ms"), ms) for ms in (7.0, 7.0)]

    assert times(read_samples(same)) == (7.0, 7.0, 7.0, 7.0)
    assert times([]) == (0.0, 0.0, 0.0, 0.0)


def test_what_does_not_say_its_slowest_is_not_taken_for_quick() -> None:
    halves = [Delivery(0, 496, 1.0, 1.0, 1.0), Delivery(1, 504, 9.0, 9.0, 9.0)]

    assert times(halves) == (9.0, 9.0, 9.0, 9.0)


def read_samples(times_of: list[dict[str, float]]) -> list[Sample]:
    return msgspec.convert([sample(at) | each for at, each in enumerate(times_of)], list[Sample])


def test_routes_are_summed_and_503_is_not_wrong(tmp_path: Path) -> None:
    lines = [sample(0, errors=3, busy=2), sample(1), sample(1, route="POST /x", requests=50)]
    first, second = routes(read(plant(tmp_path, {"samples": lines})))

    assert (first.name, first.requests) == ("POST /x", 50)
    assert (second.requests, second.errors, second.wrong) == (20, 3, 1)


def test_two_lines_of_one_second_and_route_are_both_counted(tmp_path: Path) -> None:
    run = read(plant(tmp_path, {"samples": [sample(0), sample(0), sample(1)]}))

    assert Buckets(run).rate((each.at, each.requests) for each in run.samples) == [
        (BEGAN + 0.5, 20.0),
        (BEGAN + 1.5, 10.0),
    ]


def test_gauges_are_looked_at_while_there_is_load(tmp_path: Path) -> None:
    gauges: list[dict[str, float]] = [
        {"at": BEGAN - 9, "cache_hits": 100.0, "cache_asked": 100.0, "database_queries": 1.0},
        {"at": BEGAN + 1, "cache_hits": 30.0, "cache_asked": 40.0, "database_queries": 12.0},
        {"at": BEGAN + 2},
    ]
    run = read(plant(tmp_path, {"samples": [sample(0), sample(2)], "gauges": gauges}))

    assert hit_ratio(run) == 0.75
    assert would_be(run) == [(BEGAN + 1, 42.0)]
    assert gauge(run, "unheard of") == []


def test_the_verdict_stands_first_and_what_broke_before_what_held(tmp_path: Path) -> None:
    plant(tmp_path, {"samples": [sample(0)]}, verdicts=[HELD, BROKEN], run=about())
    page = page_of(tmp_path)
    places = [
        page.index(words)
        for words in ("1 of 2 promises did not hold", "No read is stale", "3 of 9 reads")
    ]

    assert places == sorted(places)
    assert places[-1] < page.index("Every acknowledged reading") < page.index("Requests a second")
    assert "promises held" not in page


def test_all_that_held_is_said_in_one_sentence(tmp_path: Path) -> None:
    plant(tmp_path, {}, verdicts=[HELD, HELD], run=about())

    assert "All 2 promises held" in page_of(tmp_path)
    assert "**All 2 promises held.**" in (tmp_path / "report.md").read_text()


def test_a_fault_is_a_band_where_it_was_and_a_row_of_how_long_it_was_felt(tmp_path: Path) -> None:
    samples = [sample(at) for at in range(100)]
    page = page_of(plant(tmp_path, {"samples": samples, "faults": [FAULT]}, run=about()))
    # The first chart is 960 wide, its time from 60 to 948 over 100 s.
    band = re.search(r'<rect class="fault" x="([\d.]+)" y="\d+" width="([\d.]+)"', page)
    felt = re.search(r'<rect class="felt" x="([\d.]+)" y="\d+" width="([\d.]+)"', page)
    row = re.search(r"Killed an instance <small>kill -9</small></th>(.*)</tr>", page)

    assert band is not None
    assert felt is not None
    assert row is not None
    assert [float(band[1]), float(band[2])] == pytest.approx([282, 222])
    assert [float(felt[1]), float(felt[2])] == pytest.approx([504, 222])
    assert re.findall(r">([^<>]+)<", row[1]) == ["50 s", "25 s", "0:25", "4 s", "1,234 ms"]


def test_a_fault_that_nobody_felt_is_told_so(tmp_path: Path) -> None:
    fault = FAULT | {"name": "drains-killed", "recovered": BEGAN + 25, "error_seconds": 0}
    page = page_of(plant(tmp_path, {"samples": [sample(at) for at in range(100)],
                                    "faults": [fault]}, run=about()))  # fmt: skip
    row = re.search(r"Drains killed <small>kill -9</small></th>(.*)</tr>", page)

    assert row is not None
    assert re.findall(r">([^<>]+)<", row[1]) == ["not felt", "25 s", "0:25", "0 s", "1,234 ms"]
    assert 'class="felt"' not in page


def test_what_witnesses_asked_and_what_the_load_did_are_told_apart(tmp_path: Path) -> None:
    samples = [sample(0), sample(1), sample(1, requests=40, by="witnesses")]
    run = read(plant(tmp_path, {"samples": samples}))
    page = page_of(tmp_path)

    assert [(one.by, one.requests) for one in routes(run)] == [("witnesses", 40), ("", 20)]
    assert "of the load" in page
    assert "of the witnesses" in page
    assert "<small>witnesses</small>" in page
    assert "of the load" not in page_of(plant(tmp_path, {"samples": [sample(0)]}))


def test_what_is_to_be_known_of_a_run_stands_by_its_verdicts(tmp_path: Path) -> None:
    plant(tmp_path, {"samples": [sample(0)]}, verdicts=[HELD], run=about(remarks=["<Locust> died"]))

    assert '<p class="remark">&lt;Locust&gt; died</p>' in page_of(tmp_path)
    assert "&lt;Locust&gt; died" in (tmp_path / "report.md").read_text()


def test_with_and_without_the_cache_stand_side_by_side(tmp_path: Path) -> None:
    cached, without = (tmp_path, 50, 10.0, 1.0), (tmp_path / "without-cache", 200, 40.0, 2.0)
    for folder, queries, ms, cpu in (cached, without):
        plant(
            folder,
            {
                "samples": [sample(at, ms=ms) for at in range(10)],
                "gauges": [{"at": BEGAN + at, "database_queries": queries} for at in range(10)],
            },
            verdicts=[HELD] if folder == tmp_path else [HELD, BROKEN],
            run=about(cpu_seconds={"web": cpu, "postgresql": cpu / 2}),
        )
    told = {side.label: side[1:] for side in sides(read(tmp_path))}

    assert told["Database queries a second"] == ("50", "200", "4.00")
    assert told["Database queries a request"] == ("5.0", "20.0", "4.00")
    assert told["CPU a request, web"] == ("10.0 ms", "20.0 ms", "2.00")
    assert told["CPU a request, all processes"] == ("15.0 ms", "30.0 ms", "2.00")
    assert told["99 % of the pages within"] == ("10 ms", "40 ms", "4.00")
    assert "Without the cache did not hold: No read is stale." in page_of(tmp_path)


@pytest.mark.parametrize(("load", "is_said"), [(0.4, False), (1.5, True), (None, False)])
def test_a_machine_that_was_busy_is_named(
    tmp_path: Path, load: float | None, *, is_said: bool
) -> None:
    plant(tmp_path, {}, run=about(machine={"cores": 2, "load_at_start": load}))

    assert ("was busy with other things" in page_of(tmp_path)) == is_said


def test_words_of_the_run_are_escaped_everywhere(tmp_path: Path) -> None:
    evil = '<script>alert("1")</script>|x'
    plant(
        tmp_path,
        {
            "samples": [sample(0, route=evil, errors=1)],
            "errors": [{"at": BEGAN, "route": evil, "words": evil, "times": 1}],
            "faults": [FAULT | {"name": evil, "words": evil}],
        },
        verdicts=[verdict(evil, holds=False, counted=evil, words=evil)],
        run=about(machine={evil: evil}, versions={evil: evil}, settings={evil: [evil]}),
    )
    page, words = page_of(tmp_path), (tmp_path / "report.md").read_text()

    assert page.count("&lt;script&gt;") > 10
    assert "<script" not in page
    assert "<script" not in words
    # What is not escaped would end a cell.
    assert not re.search(r"[^\\]\|x", words)


def test_where_statements_are_not_counted_transactions_are_shown(tmp_path: Path) -> None:
    known = [{"at": BEGAN + at, "database_transactions": 40.0} for at in range(9)]
    samples = [sample(at) for at in range(9)]
    here = page_of(plant(tmp_path, {"samples": samples, "gauges": known}))
    counted = [{**each, "database_queries": 90.0} for each in known]
    there = page_of(plant(tmp_path, {"samples": samples, "gauges": counted}))

    assert "Database transactions a second" in here
    assert "Database queries a second" not in here
    assert "Database queries a second" in there
    assert "Database transactions a second" not in there


def test_the_page_asks_nothing_of_anybody(tmp_path: Path) -> None:
    page = page_of(plant(tmp_path, {"samples": [sample(0)]}, verdicts=[HELD], run=about()))

    assert not re.search(r"https?:|src=|href=|url\(|@import|<script", page)


@pytest.mark.parametrize("name", ["samples", "gauges", "deliveries", "errors", "faults"])
def test_a_run_that_was_killed_still_gets_its_report(tmp_path: Path, name: str) -> None:
    plant(tmp_path, {"samples": [sample(0), sample(1)]})
    with (tmp_path / f"{name}.jsonl").open("a") as file:
        file.write('{"at": 17900000')
    page = page_of(tmp_path)

    assert "Nothing was judged" in page
    assert "did not come to its end" in page
    assert "1 line of the run" in page
    assert "20 in all" in page


def test_an_empty_folder_is_a_report_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"kind": "cha')

    assert "Nothing was judged" in page_of(tmp_path)


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "lab.report", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [f"andon: there is no folder {tmp_path / 'none'}"]
