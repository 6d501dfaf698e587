"""The judges of versions, sessions, calls and screens, against histories with a planted wrong."""

import pytest

from lab.chaos.checker import Verdict, calls, check, screens, sessions, versions
from lab.chaos.history import CONFLICT, Event
from tests.lab.histories import (
    call,
    fault,
    heard,
    listened,
    pulled,
    read,
    sent,
    signed_in,
    signed_out,
    verdict_of,
    visited,
    wrote,
)


def stale(*events: Event) -> tuple[bool, str]:
    return verdict_of(versions.judge, *events)


def test_a_read_shows_what_was_answered_before_it_began() -> None:
    assert stale(wrote(1, 1), read(2, 1), wrote(3, 2), read(4, 2)) == (True, "")


def test_a_stale_read_is_caught() -> None:
    holds, words = stale(wrote(1, 1), wrote(3, 2), read(4, 1))

    assert not holds
    assert words == "a board was shown line:weld-1 1 by i-2, 2 was known 0.900 s before"


def test_a_read_that_began_before_the_answer_may_show_either() -> None:
    during: list[Event] = [wrote(1, 1), wrote(3, 2)]

    assert stale(*during, read(3.05, 1))[0]
    assert stale(*during, read(3.05, 2))[0]


def test_an_unanswered_write_may_be_seen_or_not_and_is_never_unseen() -> None:
    unanswered: list[Event] = [wrote(1, 1), wrote(3, 2, status=0)]

    assert stale(*unanswered, read(4, 1))[0]
    assert stale(*unanswered, read(4, 1), read(5, 2))[0]
    assert not stale(*unanswered, read(4, 2), read(5, 1))[0]


def test_a_version_that_nobody_wrote_is_caught() -> None:
    assert not stale(wrote(1, 1), read(2, 5))[0]
    assert not stale(wrote(1, 1), read(2, 2), wrote(3, 2))[0]


def test_reads_of_nothing_that_was_written_prove_nothing() -> None:
    assert not stale(wrote(1, 1))[0]


def test_what_a_cut_off_instance_wrote_may_be_owed_for_a_while_and_is_counted() -> None:
    cut_off = fault(2, 4, owing=["i-1"])
    before: list[Event] = [wrote(1, 1, via="i-2"), wrote(3, 2, via="i-1"), cut_off]

    late = 3.2 + versions.PAID_SECONDS
    given = versions.judge([*before, read(5, 1)])
    assert given.holds
    assert given.counted.endswith("; 1 from before, while the write was owed")
    assert stale(*before, read(4, 2), read(5, 1))[0]
    assert not stale(*before, read(late, 1))[0]


def test_what_an_instance_wrote_that_was_not_cut_off_is_never_owed() -> None:
    cut_off = fault(2, 4, owing=["i-3"])

    assert not stale(wrote(1, 1, via="i-2"), wrote(3, 2, via="i-1"), cut_off, read(5, 1))[0]
    later = fault(2, 4, owing=["i-1"])
    assert not stale(wrote(1, 1, via="i-2"), wrote(9, 2, via="i-1"), later, read(10, 1))[0]


def kept(*events: Event) -> tuple[bool, str]:
    return verdict_of(sessions.kept, *events)


def test_who_is_signed_in_is_let_in_or_told_not_now() -> None:
    assert kept(signed_in(1), visited(2, let_in=True), visited(3, let_in=None)) == (True, "")


def test_a_lost_session_is_caught() -> None:
    assert not kept(signed_in(1), visited(2, let_in=True), visited(3, let_in=False))[0]


def test_who_asked_to_be_signed_out_may_be_sent_away_from_then_on() -> None:
    asked: list[Event] = [signed_in(1), visited(2, let_in=True), signed_out(3, status=0)]

    assert kept(*asked, visited(4, let_in=False))[0]


def test_a_sign_in_without_an_answer_promises_nothing() -> None:
    assert "nothing was counted" in kept(signed_in(1, status=0), visited(2, let_in=False))[1]


def passwords(*events: Event) -> tuple[bool, str]:
    return verdict_of(sessions.passwords, *events)


def test_the_right_password_lets_in_or_is_told_not_now() -> None:
    assert passwords(signed_in(1), signed_in(2, status=503), signed_in(3, status=0)) == (True, "")


def test_the_right_password_that_is_refused_is_caught() -> None:
    assert not passwords(signed_in(1), signed_in(2, status=429))[0]


def ended(*events: Event) -> tuple[bool, str]:
    return verdict_of(sessions.ended, *events)


def test_who_is_signed_out_stays_out() -> None:
    assert ended(signed_out(3), visited(4, let_in=False))[0]


def test_a_session_that_came_back_is_caught() -> None:
    assert not ended(signed_out(3), visited(4, let_in=False), visited(9, let_in=True))[0]


def test_a_sign_out_without_an_answer_holds_from_when_it_was_seen() -> None:
    unanswered = signed_out(3, status=0)

    assert ended(
        unanswered, visited(4, let_in=True), visited(5, let_in=False), visited(6, let_in=False)
    )[0]
    assert not ended(unanswered, visited(4, let_in=False), visited(5, let_in=True))[0]


def cord(*events: Event) -> tuple[bool, str]:
    return verdict_of(calls.judge, *events)


def test_each_acknowledged_step_is_in_the_database() -> None:
    steps: list[Event] = [pulled(1, "raised"), pulled(2, "acknowledged"), pulled(3, "resolved")]
    row = call(1, 0.95, 2.95, acknowledged_at=1.95, acknowledged_by=7)

    assert cord(*steps, row) == (True, "")


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(call(2, 0.95, None), id="lost"),
        pytest.param(call(1, 0.95, None, raised_by=8), id="by somebody else"),
        pytest.param(call(1, 0.5, None), id="at another moment"),
    ],
)
def test_a_call_that_is_lost_or_altered_is_caught(row: Event) -> None:
    assert not cord(pulled(1, "raised"), row)[0]


@pytest.mark.parametrize(
    ("at", "who"),
    [
        pytest.param(None, None, id="lost"),
        pytest.param(1.95, 8, id="by somebody else"),
        pytest.param(1.5, 7, id="too early"),
        pytest.param(2.5, 7, id="too late"),
    ],
)
def test_an_acknowledgement_that_is_lost_or_altered_is_caught(
    at: float | None, who: int | None
) -> None:
    row = call(1, 0.95, None, acknowledged_at=at, acknowledged_by=who)

    assert not cord(pulled(1, "raised"), pulled(2, "acknowledged"), row)[0]


def test_a_doubled_critical_call_is_caught() -> None:
    raised: list[Event] = [pulled(1, "raised"), pulled(3, "raised", call=2)]

    assert cord(*raised, call(1, 0.95, 2.0), call(2, 2.95, None))[0]
    assert not cord(*raised, call(1, 0.95, 5.0), call(2, 2.95, None))[0]
    assert not cord(*raised, call(1, 0.95, None), call(2, 2.95, None))[0]


def test_a_call_that_was_open_already_was_not_acknowledged_to_whoever_asks() -> None:
    first: list[Event] = [pulled(1, "raised", status=0), pulled(2, "raised", status=CONFLICT)]

    assert cord(*first, pulled(3, "resolved"), call(1, 0.95, 2.95))[0]


def test_a_call_that_nobody_asked_for_is_caught() -> None:
    assert not cord(pulled(1, "raised"), call(1, 0.95, None), call(2, 0.1, 0.2))[0]


def in_order(*events: Event) -> tuple[bool, str]:
    return verdict_of(screens.told_in_order, *events)


def test_a_screen_hears_numbers_in_their_order() -> None:
    begun: list[Event] = [listened(1), heard(2, "snapshot", "a-5"), heard(3, "changes", "a-6")]

    assert in_order(*begun, listened(4, "a-6"), heard(5, "beat"), heard(6, "changes", "a-9"))[0]


@pytest.mark.parametrize("position", ["a-5", "a-4", "b-6"])
def test_what_comes_twice_or_from_elsewhere_is_caught(position: str) -> None:
    begun: list[Event] = [listened(1), heard(2, "snapshot", "a-4"), heard(3, "changes", "a-5")]

    assert not in_order(*begun, heard(4, "changes", position))[0]


def test_a_gap_has_to_be_said() -> None:
    begun: list[Event] = [listened(1), heard(2, "snapshot", "a-5"), listened(3, "a-5")]

    assert in_order(*begun, heard(4, "reset"), heard(4, "snapshot", "b-1"))[0]
    assert not in_order(*begun, heard(4, "snapshot", "b-1"))[0]


def shown(*events: Event) -> tuple[bool, str]:
    return verdict_of(screens.shown, *events)


def test_after_a_fault_a_screen_shows_what_was_acknowledged() -> None:
    before: list[Event] = [sent(1, 11), fault(2, 3)]

    assert shown(*before, heard(4, "changes", "a-1", press_1=11))[0]
    assert shown(*before, heard(4, "changes", "a-1", press_1=21))[0]


def test_a_screen_that_stays_behind_is_caught() -> None:
    before: list[Event] = [sent(1, 11), heard(1, "snapshot", "a-1", press_1=1), fault(2, 3)]
    late = 3 + screens.SHOWN_SECONDS + 1

    assert shown(*before) == (False, "wall did not show press-1 11 after a-fault")
    assert not shown(*before, heard(late, "changes", "a-2", press_1=11))[0]


def test_a_history_of_nothing_proves_nothing() -> None:
    verdicts: list[Verdict] = check([])

    assert not any(verdict.holds for verdict in verdicts)
    assert {verdict.words for verdict in verdicts} == {"nothing was counted, so nothing is proven"}
