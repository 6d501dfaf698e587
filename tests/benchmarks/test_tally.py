import json
from pathlib import Path

from benchmarks.load.files import Files
from benchmarks.load.progress import Progress
from benchmarks.load.tally import Bunch, Tally, packed


def bunch(*milliseconds: float) -> Bunch:
    bunch = Bunch()
    for each in milliseconds:
        bunch.add(each)
    return bunch


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_percentiles_are_the_times_that_so_many_did_not_exceed() -> None:
    told = bunch(*range(1, 101)).percentiles()

    # To two digits, of which 1 to 99 have no more.
    assert told == {"p50_ms": 50.0, "p95_ms": 95.0, "p99_ms": 99.0, "max_ms": 100.0}


def test_a_single_answer_is_all_percentiles() -> None:
    assert set(bunch(1234.5).percentiles().values()) == {1200.0, 1234.5}


def test_what_two_workers_saw_is_put_together_as_one_had_seen_it() -> None:
    first, second, master = Tally(), Tally(), Tally()
    for worker, ms in ((first, 10.0), (second, 30.0)):
        worker.at(7.2).route("GET /").add(ms)
        worker.at(7.9).route("GET /").wrong["503"] += 1
        worker.at(7.9).acknowledged.append(("readings", 1, 101))
        worker.at(7.5).screens = 5
        worker.at(7.5).heard.add(40.0)
        # As a message carries it.
        master.join(json.loads(json.dumps(packed(worker.take()))))
    ((at, seen),) = master.take()

    assert at == 7
    assert seen.route("GET /").percentiles()["p50_ms"] == 10.0
    assert seen.route("GET /").size == 2
    assert seen.route("GET /").wrong == {"503": 2}
    assert (seen.screens, seen.heard.size) == (10, 2)
    assert seen.acknowledged == [("readings", 1, 101)] * 2


def test_a_second_under_way_is_not_taken() -> None:
    tally = Tally()
    tally.at(7.0).screens = 1
    tally.at(8.0).screens = 1

    assert [at for at, _ in tally.take(before=8.5)] == [7]
    assert [at for at, _ in tally.take()] == [8]


def test_seconds_are_appended_and_told(tmp_path: Path) -> None:
    tally = Tally()
    (tmp_path / "samples.jsonl").write_text('{"of somebody": "else"}\n')
    progress = Progress(tmp_path)
    tally.at(7.0).route("GET /").add(12.0)
    tally.at(7.0).route("GET /").wrong["503"] += 1
    tally.at(7.0).route("GET /").busy += 1
    tally.at(7.0).acknowledged.append(("output", 5, 10))
    Files(tmp_path).write(tally)
    progress.tell(at_once=True)

    assert lines(tmp_path / "samples.jsonl")[1:] == [
        {"at": 7, "route": "GET /", "requests": 1, "errors": 1, "busy": 1}
        | dict.fromkeys(("p50_ms", "p95_ms", "p99_ms", "max_ms"), 12.0)
    ]
    assert lines(tmp_path / "errors.jsonl") == [
        {"at": 7, "route": "GET /", "words": "503", "times": 1}
    ]
    assert lines(tmp_path / "acknowledged.jsonl") == [
        {"at": 7, "kind": "output", "start": 5, "stop": 10}
    ]
    assert not (tmp_path / "deliveries.jsonl").exists()
    assert progress.counts == {"requests": 1, "errors": 1, "busy": 1}
