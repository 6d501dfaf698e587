"""For how long a fault was felt, and a history by the second; written, and read again."""

from pathlib import Path

import pytest

from lab.chaos.felt import felt
from lab.chaos.history import Event, History, read
from lab.chaos.rates import deliveries, errors, percentile, samples
from tests.lab.histories import fault, heard, scores, sent, signed_in, stored, wrote


def test_a_fault_is_felt_until_the_last_request_that_failed() -> None:
    events: list[Event] = [
        *(fault(10, 12), sent(9.5, 1, status=503), sent(11, 1, status=503)),
        *(sent(11.5, 1, status=0), sent(14, 1, status=502), sent(20, 1)),
    ]

    (one,) = felt(events)

    assert (one.recovered, one.error_seconds, one.routes) == (14.0, 2, {"-": 2})


def test_what_happens_past_the_balancer_is_felt_by_nobody() -> None:
    (one,) = felt([fault(10, 12), wrote(11, 1, via="i-1", status=0), sent(20, 1)])

    assert (one.recovered, one.error_seconds) == (10.0, 0)


def test_a_fault_that_lasts_until_the_next_one_is_not_over() -> None:
    first, second = felt(
        [fault(10, 12), sent(29.5, 1, status=503), fault(30, 31), sent(30.2, 1), sent(40, 1)]
    )

    assert (first.recovered, second.recovered) == (None, 30.0)


def test_a_second_of_a_route_is_one_sample() -> None:
    (one,) = samples([sent(5.2, 1), sent(5.9, 3, status=503)])

    assert (one.at, one.requests, one.errors, one.busy, one.max_ms) == (5, 2, 1, 1, 100.0)


def test_what_failed_is_counted_by_second_and_route_and_how() -> None:
    told = errors(
        [
            *(sent(5.2, 1), sent(5.3, 1, status=503), sent(5.9, 1, status=503)),
            *(sent(6.1, 1, status=0), wrote(6.2, 1, via="i-1", status=503)),
        ]
    )

    assert [(one.at, one.words, one.times) for one in told] == [(5, "503", 2), (6, "no answer", 1)]


def test_an_event_that_shows_nothing_new_is_no_delivery() -> None:
    (one,) = deliveries([sent(5.0, 1), heard(5.4, "changes", "a-1")])

    assert (one.events, one.screens) == (0, 1)


def test_a_delivery_is_late_by_when_the_reading_was_first_sent() -> None:
    first = sent(5.0, 1, status=503)  # which began at 4.9
    (one,) = deliveries([first, sent(6.0, 1), heard(6.4, "changes", "a-1", press_1=1)])

    assert (one.events, one.screens, one.p50_ms) == (1, 1, 1500.0)


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (99, 4), (1, 1)])
def test_a_percentile_is_a_value_that_was_measured(percent: int, value: float) -> None:
    assert percentile([4, 1, 3, 2], percent) == value


def test_a_history_is_written_as_it_happens_and_read_as_it_was(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    events: list[Event] = [sent(1, 1), stored(1, 2), scores("after", press_1=3), signed_in(2)]
    for event in events:
        history.note(event)
    lines = (tmp_path / "history.jsonl").read_bytes().splitlines()
    history.close()

    assert list(read(lines)) == events
