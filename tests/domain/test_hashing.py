"""Passwords are checked by a few at once, so that the other threads serve pages."""

import threading
from concurrent.futures import ThreadPoolExecutor

from app.domain.accounts import Hashing, TooManyAtOnce

WAIT_SECONDS = 20.0


def test_of_many_at_once_some_get_a_turn_some_wait_for_it_and_all_others_are_refused() -> None:
    hashing, others_are_gone = Hashing(at_once=2, waiting=3), threading.Event()
    inside, most, refused = 0, 0, 0
    counting = threading.Lock()

    def try_it(_: int) -> bool:
        nonlocal inside, most, refused
        try:
            with hashing.turn():
                with counting:
                    inside += 1
                    most = max(most, inside)
                others_are_gone.wait(WAIT_SECONDS)
                with counting:
                    inside -= 1
        except TooManyAtOnce:
            with counting:
                refused += 1
                if refused == 15:
                    others_are_gone.set()
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        had_a_turn = list(pool.map(try_it, range(20)))

    assert (sum(had_a_turn), refused, most) == (5, 15, 2)


def break_off() -> None:
    raise KeyError


def test_a_turn_that_failed_is_given_back() -> None:
    hashing = Hashing(at_once=1, waiting=0)
    for _ in range(3):
        try:
            with hashing.turn():
                break_off()
        except KeyError:
            pass

    with hashing.turn():
        pass
