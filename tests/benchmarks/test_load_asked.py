"""Who comes when, with what they are let in, and what is refused before anything is sent."""

import argparse
import os

import pytest

from benchmarks.load.arrivals import Crowd, users_at
from benchmarks.load.asked import NotAllowed, allow, arguments, check
from benchmarks.load.entry import Entry, NoEntry
from benchmarks.load.locusts import Terms
from benchmarks.load.spent import cpu_seconds
from benchmarks.screens import Event, Events

CROWD = Crowd(screens=50, gateways=4, people=24)
LET_IN = {"ANDON_LOAD_PASSWORD": "secret", "ANDON_LOAD_TOKENS": "one,two"}


def terms(**but: int) -> Terms:
    crowd = CROWD._replace(people=but.pop("people", 24))
    usual = {"seconds": 60, "members": 0, "workers": 1, "away": 0}
    return Terms(crowd=crowd, shape="steady", **(usual | but))


def test_a_shift_changes_in_the_middle_and_machines_stay() -> None:
    told = [users_at(at, CROWD, shape="shift", lasting=100) for at in (0, 10, 50, 80)]

    assert told == [54, 78, 54 + 72, 78]


def test_a_steady_floor_has_no_spike() -> None:
    assert {users_at(at, CROWD, shape="steady", lasting=100) for at in (10, 50, 80)} == {78}


def test_before_the_end_nobody_asks_so_that_all_that_was_counted_arrives() -> None:
    told = [users_at(at, CROWD, shape="shift", lasting=100) for at in (100, 104, 105)]

    assert told == [0, 0, None]


def test_what_lets_in_comes_from_the_environment_and_goes_on_by_it() -> None:
    accounts = "supervisor:s, operator:o1,operator:o2,viewer:v"
    entry = Entry.from_environment(LET_IN | {"ANDON_LOAD_ACCOUNTS": accounts})

    assert entry.accounts == {"supervisor": ["s"], "operator": ["o1", "o2"], "viewer": ["v"]}
    assert entry.tokens == ["one", "two"]
    assert Entry.from_environment(entry.in_environment()) == entry


@pytest.mark.parametrize(
    ("but", "words"),
    [
        ({"ANDON_LOAD_TOKENS": ""}, "ANDON_LOAD_TOKENS must be set"),
        ({"ANDON_LOAD_ACCOUNTS": "operator"}, "is role:name"),
        ({"ANDON_LOAD_ACCOUNTS": "chief:c"}, "is role:name"),
        ({"ANDON_LOAD_ACCOUNTS": "operator:o,viewer:v"}, "has no supervisor"),
    ],
)
def test_what_does_not_let_in_is_refused_without_the_secret(
    but: dict[str, str], words: str
) -> None:
    with pytest.raises(NoEntry, match=words) as refused:
        Entry.from_environment(LET_IN | but)

    assert "secret" not in str(refused.value)


def test_more_people_than_may_be_signed_in_are_refused() -> None:
    entry = Entry.from_environment(LET_IN)
    check(terms(people=14), entry)

    with pytest.raises(NotAllowed, match="role operator, and 10 sign-ins"):
        check(terms(people=15), entry)


def test_another_machine_is_written_to_only_if_that_was_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("YES", raising=False)
    asked = argparse.Namespace(base="https://andon.example", anywhere=False)
    with pytest.raises(NotAllowed, match="another machine"):
        allow(asked, plant="north", rate=(1_400, 2))
    told = capsys.readouterr().out
    asked.anywhere = True
    allow(asked, plant="north", rate=(1_400, 2))
    allow(argparse.Namespace(base="http://127.0.0.1:8000"), plant="north", rate=(0, 0))

    assert "This writes to https://andon.example" in told
    assert "1,400 readings" in told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--instances", "10"], "at most 9 instances"),
        (["--instances", "2", "--base", "http://127.0.0.1"], "of a plant of our own"),
    ],
)
def test_instances_are_ours_and_as_many_as_a_machine_may_have(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    monkeypatch.setattr("sys.argv", ["load", *words])
    with pytest.raises(SystemExit):
        arguments()

    assert why in capsys.readouterr().err


def test_processes_of_one_name_are_counted_together() -> None:
    one = cpu_seconds([("web", os.getpid())])["web"]
    two = cpu_seconds([("web", os.getpid())] * 2)["web"]

    assert two >= 2 * one > 0


def test_events_are_whole_wherever_the_stream_is_torn() -> None:
    stream = b'retry: 1000\n\nid: 7-1\nevent: changes\ndata: {"a": 1}\n\nevent: beat\ndata: {}\n\n'
    for torn in range(len(stream)):
        events = Events()
        heard = [*events.feed(stream[:torn]), *events.feed(stream[torn:])]

        assert heard == [Event(b"changes", b'{"a": 1}', b"7-1"), Event(b"beat", b"{}", None)]
