"""The judge of readings, pieces and boards, against histories with a planted wrong."""

from lab.chaos.checker import beside, items
from lab.chaos.final import stretches
from lab.chaos.history import Event, Kept, Loaded, Stored, Taken
from tests.lab.histories import Kind, fault, scores, sent, stored, verdict_of


def readings(*events: Event) -> tuple[bool, str]:
    return verdict_of(items.readings, *events)


def test_what_was_acknowledged_is_stored_once() -> None:
    assert readings(sent(1, 1), sent(2, 3), stored(1, 2, 3, 4)) == (True, "")


def test_a_lost_reading_is_caught() -> None:
    assert readings(sent(1, 1), stored(1)) == (False, "2 was acknowledged and is not there")


def test_a_doubled_reading_is_caught() -> None:
    assert readings(sent(1, 1), stored(1, 2, 2)) == (False, "2 is there 2 times")


def test_what_was_not_answered_may_be_there_or_not_but_not_twice() -> None:
    unanswered = sent(2, 3, status=0)

    assert readings(sent(1, 1), unanswered, stored(1, 2))[0]
    assert readings(sent(1, 1), unanswered, stored(1, 2, 3))[0]
    assert readings(sent(1, 1), unanswered, stored(1, 2, 3, 3)) == (False, "3 is there 2 times")


def test_another_value_or_line_is_caught() -> None:
    altered = Stored(kind="readings", rows=[(1, "press-1", 1.5)])

    assert readings(sent(1, 1), altered, stored(2)) == (False, "1 is 1.5 of press-1")
    assert not readings(sent(1, 1), stored(1, 2, line="weld-1"))[0]


def test_what_nobody_sent_is_caught() -> None:
    assert readings(sent(1, 1), stored(1, 2, 9)) == (False, "9 is there, and nobody sent it")


def test_what_a_wiped_cache_alone_had_may_be_gone_and_nothing_else() -> None:
    wiped = fault(2, 2, lost={"readings": [1, 2]})

    assert readings(sent(1, 1), wiped, stored())[0]
    assert readings(sent(1, 1), sent(1, 3), wiped, stored(1, 2, 3)) == (
        False,
        "4 was acknowledged and is not there",
    )
    assert not readings(sent(1, 1), wiped, stored(1, 1, 2))[0]


def test_what_a_primary_took_last_may_die_with_it_and_nothing_earlier() -> None:
    died = fault(10, 12, unsure_from=9.0)

    assert readings(sent(9.5, 1), died, stored())[0]
    assert not readings(sent(8.9, 1), died, stored())[0]
    assert not readings(sent(12.1, 1), died, stored())[0]


def test_a_batch_that_was_taken_again_keeps_its_first_promise() -> None:
    died = fault(10, 12, unsure_from=9.0)

    assert not readings(sent(5, 1), sent(11, 1), died, stored())[0]


def test_pieces_are_counted_like_readings() -> None:
    batch = sent(1, 1, kind="output")

    assert verdict_of(items.output, batch, stored(1, 2, kind="output"))[0]
    assert not verdict_of(items.output, batch, stored(1, kind="output"))[0]
    assert not verdict_of(items.output, batch, stored(1, 2))[0]


def test_scores_are_the_sum_of_what_was_stored() -> None:
    made = stored(1, 2, kind="output")  # two and three pieces

    right = verdict_of(
        items.scores, scores("before", press_1=10), made, scores("after", press_1=15)
    )
    wrong = verdict_of(
        items.scores, scores("before", press_1=10), made, scores("after", press_1=14)
    )

    assert right == (True, "")
    assert wrong == (False, "press-1 has 4 more pieces, and 5 were stored")


def test_a_score_of_a_line_that_made_nothing_is_caught() -> None:
    made = stored(1, 2, kind="output")
    after = scores("after", press_1=5, weld_1=1)

    assert not verdict_of(items.scores, scores("before"), made, after)[0]


def test_a_board_that_was_not_seen_proves_nothing() -> None:
    assert not verdict_of(items.scores, scores("before"), stored(1, kind="output"))[0]


def load_of(*events: Event) -> list[tuple[bool, str]]:
    return [(told.holds, told.words) for told in beside.judged(events)]


def taken(at: int, first: int, *, kind: Kind = "readings") -> Taken:
    """Two numbers, acknowledged within that second."""
    return Taken(at=at, kind=kind, first=first, last=first + 1)


def kept(*stretches: tuple[int, int], kind: Kind = "readings", doubled: int = 0) -> Kept:
    return Kept(kind=kind, stretches=[*stretches], doubled=[doubled] if doubled else [])


LOADED = Loaded(ended_early="")
PIECES = (taken(1, 1, kind="output"), kept((1, 2), kind="output"))


def test_what_the_load_was_acknowledged_is_stored_once() -> None:
    there = load_of(LOADED, taken(1, 1), taken(2, 7), kept((1, 4), (7, 8)), *PIECES)
    lost = load_of(LOADED, taken(1, 1), kept((1, 1)), *PIECES)
    doubled = load_of(LOADED, taken(1, 1), kept((1, 2), doubled=2), *PIECES)

    assert there == [(True, "")] * 2
    assert lost == [(False, "2 was acknowledged and is not there"), (True, "")]
    assert doubled == [(False, "2 is there more than once"), (True, "")]


def test_of_the_load_too_a_broken_cache_may_take_what_it_alone_had() -> None:
    died = fault(10, 12, unsure_from=9.5)

    # Within its second 9 it may have been acknowledged after 9.5; in 8 and in 13 it was not.
    holds = [load_of(LOADED, died, taken(at, 1), kept(), *PIECES)[0][0] for at in (8, 9, 12, 13)]
    wiped = load_of(LOADED, fault(2, 2, lost={"readings": [1]}), taken(1, 1), kept((2, 2)), *PIECES)

    assert holds == [False, True, True, False]
    assert wiped[0] == (True, "")


def test_a_load_that_took_part_and_was_told_nothing_proves_nothing() -> None:
    assert [holds for holds, _ in load_of(LOADED)] == [False, False]
    assert load_of(Loaded(ended_early="Locust gave up")) == []
    assert load_of() == []


def test_numbers_are_kept_as_stretches() -> None:
    assert stretches([3, 1, 2, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert stretches([]) == []
