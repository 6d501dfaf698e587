"""Everybody who uses the fleet: made known to it, set going, and told when it is over."""

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

from app.commands.seed.floor import FloorLine, lay_out
from app.domain.accounts import ScreenKeys, create_operator, make_screen
from app.parts import screen_cookie
from lab.chaos.callers import Caller
from lab.chaos.gateways import FIRST_NUMBER, READINGS, Gateway
from lab.chaos.history import BALANCER, History
from lab.chaos.people import GUESTS, Guests, Stayers
from lab.chaos.screens import Screen
from lab.chaos.witness import PLANT, Asker, Stage, sign_in
from lab.chaos.writing import Reader, Writer
from lab.cluster.fleet import Fleet

STAYERS = 4
# What was acknowledged last is to be seen on the screens before they are put away.
LAST_LOOK_SECONDS = 5.0
ROLES = {"supervisor": "supervisor", "caller": "operator", "watcher": "viewer"}


class Cast:
    """The witnesses; half of the plant's lines are sent to, the other half are written to."""

    def __init__(self, fleet: Fleet, history: History) -> None:
        self._fleet = fleet
        self._password = secrets.token_hex(8)
        self._sending_over, self._over = threading.Event(), threading.Event()
        ports = {BALANCER: fleet.balancer.port} | {each.name: each.port for each in fleet.instances}
        self._sending = Stage(history, ports, self._sending_over)
        self._looking = Stage(history, ports, self._over)
        lines = [line for line in lay_out().lines if line.plant.slug == PLANT]
        self._sent_to, self._written_to = lines[::2], lines[1::2]
        stayers = [f"stayer-{number + 1}" for number in range(STAYERS)]
        self._guests = [f"guest-{number + 1}" for number in range(GUESTS)]
        self._who = {
            name: self._known(name, ROLES.get(name, "viewer"))
            for name in [*ROLES, *stayers, *self._guests]
        }
        self._people = {name: self._in(name) for name in [*ROLES, *stayers]}
        self._screens: list[Screen] = []
        self._running: list[Future[None]] = []

    @property
    def watcher(self) -> Asker:
        """Somebody who is signed in and may look at everything."""
        return self._people["watcher"]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """All use the fleet until the block ends; raises what ended one of them early."""
        works = [
            *self._senders(),
            *self._lookers(),
            Stayers(self._looking, {_username(it): who for it, who in self._people.items()}).run,
            Guests(self._looking, [*map(_username, self._guests)], self._password).run,
        ]
        with ThreadPoolExecutor(len(works)) as pool:
            self._running = [pool.submit(work) for work in works]
            try:
                yield
            finally:
                self._leave()
        self.check()

    def check(self) -> None:
        """Raise what ended a witness before its time: a bug of ours."""
        for work in self._running:
            if work.done():
                work.result()

    def _leave(self) -> None:
        """End those who send, and a little later those who look."""
        self._sending_over.set()
        time.sleep(LAST_LOOK_SECONDS)
        self._over.set()
        for screen in self._screens:
            screen.end()

    def _senders(self) -> list[Callable[[], None]]:
        supervisor, caller = self._people["supervisor"], self._people["caller"]
        numbers = itertools.count(FIRST_NUMBER, READINGS)
        gateways = [
            Gateway(self._sending, line, self._fleet.token(f"chaos-{n}", PLANT), numbers)
            for n, line in enumerate(self._sent_to)
        ]
        writers = [Writer(self._sending, line, supervisor) for line in self._written_to]
        calls = Caller(self._sending, self._sent_to[0], caller, self._who["caller"])
        calls.put_right()
        return [*(it.run for it in gateways), *(it.run for it in writers), calls.run]

    def _lookers(self) -> list[Callable[[], None]]:
        stage, watcher = self._looking, self.watcher
        self._screens = [
            Screen(stage, self._alike(watcher), f"/live/board?plant={PLANT}"),
            *(self._screen(line, watcher) for line in self._sent_to),
        ]
        link = self._link()
        readers = [
            Reader(stage, name, self._written_to, watcher, link) for name in stage.instances()
        ]
        return [*(it.run for it in self._screens), *(it.run for it in readers)]

    def _screen(self, line: FloorLine, watcher: Asker) -> Screen:
        slug = line.line.slug
        return Screen(
            self._looking,
            self._alike(watcher),
            f"/live/lines/{slug}",
            line=slug,
            sensor=line.sensors[0].slug,
        )

    def _alike(self, person: Asker) -> Asker:
        """The same person in a window of their own."""
        return self._looking.asker(cookies=person.browser.cookies)

    def _known(self, username: str, role: str) -> int:
        with self._fleet.parts.database.transaction() as session:
            operator = create_operator(
                session,
                username=_username(username),
                password=self._password,
                name=username.capitalize(),
                role=role,
                plant=PLANT,
            )
            session.flush()
            return operator.id

    def _link(self) -> dict[str, str]:
        """The cookie that a wall's link leaves behind."""
        config = self._fleet.parts.config
        with self._fleet.parts.database.transaction() as session:
            screen = make_screen(
                session,
                name="Chaos",
                plant=PLANT,
                by=self._who["supervisor"],
                now=datetime.now(UTC),
            )
            return {screen_cookie(config): ScreenKeys(config.secret_key).key(screen.id)}

    def _in(self, name: str) -> Asker:
        return sign_in(self._looking, _username(name), self._password)


def _username(name: str) -> str:
    """One that no seed has."""
    return f"chaos-{name}"
