"""The load beside the witnesses: one that dies is told, and ends nothing."""

import json
import threading
from pathlib import Path

from lab.chaos.history import Event, History, Loaded, Taken
from lab.chaos.load import Load

NOBODY = "http://127.0.0.1:9"


def ran(folder: Path) -> list[Event]:
    """The history of a load that nothing lets in."""
    history = History(folder / "history.jsonl")
    load = Load(NOBODY, folder, threading.Event(), password="", token="t")
    with load.beside(history, home=folder):
        pass
    history.close()
    return history.events


def test_a_load_that_dies_is_told_in_its_last_words(tmp_path: Path) -> None:
    (told,) = ran(tmp_path)

    assert isinstance(told, Loaded)
    assert told.ended_early == "ANDON_LOAD_PASSWORD must be set"


def test_what_was_acknowledged_before_is_judged(tmp_path: Path) -> None:
    line = {"at": 7, "kind": "readings", "start": 1, "stop": 101}
    (tmp_path / "acknowledged.jsonl").write_text(json.dumps(line) + "\n")

    assert ran(tmp_path)[1:] == [Taken(at=7, kind="readings", first=1, last=100)]
