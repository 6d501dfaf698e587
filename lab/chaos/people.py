"""People: some stay signed in through everything, some come and go."""

import itertools
from collections import deque
from collections.abc import Iterator

from lab.browser import SESSION
from lab.chaos.history import OK, SEE_OTHER, SignedIn, SignedOut, Visited
from lab.chaos.witness import Asker, Stage

PAGE, ROUTE = "/account/sessions", "GET /account/sessions"
GUESTS = 4
# Sessions of before that are tried again, one after the other.
REMEMBERED = 20
UNAUTHORIZED = 401


class Stayers:
    """Sessions from before the first fault, which nobody ends."""

    def __init__(self, stage: Stage, sessions: dict[str, Asker]) -> None:
        self._stage = stage
        self._sessions = sessions

    def run(self) -> None:
        """Visit with each in turn, until it is over."""
        for session, asker in itertools.cycle(self._sessions.items()):
            if not self._stage.goes_on():
                return
            visit(self._stage, asker, session)


class Guests:
    """They sign in, look around, sign out, and try their old cookies again."""

    def __init__(self, stage: Stage, usernames: list[str], password: str) -> None:
        self._stage = stage
        self._usernames = usernames
        self._password = password
        self._ended: deque[tuple[str, Asker]] = deque(maxlen=REMEMBERED)

    def run(self) -> None:
        """One after the other, until it is over."""
        for number, username in enumerate(itertools.cycle(self._usernames), start=1):
            if not self._stage.goes_on():
                return
            for _ in self._stay(f"{username} {number}", username):
                if not self._stage.goes_on():
                    return

    def _stay(self, session: str, username: str) -> Iterator[None]:
        asker = self._stage.asker()
        fields = {"username": username, "password": self._password}
        answer = asker.submit("/sign-in", fields, "POST /sign-in", page="/sign-in")
        self._stage.history.note(SignedIn(**answer.facts, session=session))
        if answer.status != SEE_OTHER:
            return
        yield
        visit(self._stage, asker, session)
        yield
        old = self._stage.asker(cookies={SESSION: asker.browser.cookies[SESSION]})
        answer = asker.submit("/sign-out", {}, "POST /sign-out", page=PAGE)
        self._stage.history.note(SignedOut(**answer.facts, session=session))
        self._ended.append((session, old))
        for ended, cookie in (self._ended[0], self._ended[-1]):
            yield
            visit(self._stage, cookie, ended)
        self._ended.rotate()


def visit(stage: Stage, asker: Asker, session: str) -> None:
    """Ask for a page of the signed-in, and note whether it let in."""
    answer = asker.ask("GET", PAGE, ROUTE)
    let_in: bool | None = None
    if answer.status == OK:
        let_in = True
    elif answer.status == UNAUTHORIZED or "/sign-in" in answer.location:
        let_in = False
    stage.history.note(Visited(**answer.facts, session=session, let_in=let_in))
