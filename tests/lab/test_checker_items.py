"""The judge of readings, pieces and boards, against histories with a planted wrong."""

from lab.chaos.checker import items
from lab.chaos.history import Event, Stored
from tests.lab.histories import fault, scores, sent, stored, verdict_of


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
