"""Writers, who number the versions of a line, and readers, who compare what they are shown."""

import itertools
import re

import msgspec

from app.commands.seed.floor import FloorLine
from lab.chaos.history import OK, Read, Wrote
from lab.chaos.witness import JSON, PLANT, Answer, Asker, Stage

# Above any target that the seed gives.
FIRST_VERSION = 10_000
WRITE_PAUSE_SECONDS = 0.4
# Longer than the server goes on with a request whose asker is gone: its commit would come after
# the next version's, and nobody could say which is the newer.
SETTLE_SECONDS = 3.0


def thing(line: str) -> str:
    """What a history calls the line's name and target."""
    return f"line:{line}"


class Writer:
    """Gives one line version after version, each through another instance, past the balancer."""

    def __init__(self, stage: Stage, line: FloorLine, person: Asker) -> None:
        self._stage = stage
        self._line = line.line
        cookies = person.browser.cookies
        self._askers = [stage.asker(name, cookies=cookies) for name in stage.instances()]
        self._token = person.browser.form_token("/account/sessions")

    def run(self) -> None:
        """Write, and read it back through the next instance, until it is over."""
        turns = itertools.cycle(self._askers)
        asker = next(turns)
        for version in itertools.count(FIRST_VERSION):
            if not self._stage.goes_on(pause=WRITE_PAUSE_SECONDS):
                return
            written = self._write(asker, version)
            asker = next(turns)
            self._read_back(asker)
            if written.status != OK and not self._stage.goes_on(pause=SETTLE_SECONDS):
                return

    def _write(self, asker: Asker, version: int) -> Answer:
        answer = asker.ask(
            *("PATCH", f"/api/v1/lines/{self._line.slug}", "PATCH /api/v1/lines/<slug>"),
            body=msgspec.json.encode(
                {"name": f"{self._line.name} v{version}", "target_per_hour": version}
            ),
            headers={**JSON, "X-CSRF-Token": self._token},
        )
        self._stage.history.note(
            Wrote(**answer.facts, thing=thing(self._line.slug), version=version)
        )
        return answer

    def _read_back(self, asker: Asker) -> None:
        path = f"/api/v1/lines/{self._line.slug}"
        answer = asker.ask("GET", path, "GET /api/v1/lines/<slug>", headers=JSON)
        shown = msgspec.json.decode(answer.body)["target_per_hour"] if answer.status == OK else None
        self._stage.history.note(
            Read(**answer.facts, thing=thing(self._line.slug), version=shown, reader="its writer")
        )


class Reader:
    """Looks at one instance, past the balancer, in three ways: a list, a wall, and the board."""

    def __init__(
        self, stage: Stage, via: str, lines: list[FloorLine], person: Asker, link: dict[str, str]
    ) -> None:
        self._stage = stage
        self._asker = stage.asker(via, cookies=person.browser.cookies)
        # By its link, as walls are let in: without the cache there are no sessions, and still this.
        self._on_a_wall = stage.asker(via, cookies=link)
        self._names = {line.line.slug: line.line.name for line in lines}

    def run(self) -> None:
        """Look, until it is over."""
        for look in itertools.cycle((self._list, self._wall, self._board)):
            if not self._stage.goes_on():
                return
            look()

    def _list(self) -> None:
        path = f"/api/v1/lines?plant={PLANT}"
        answer = self._asker.ask("GET", path, "GET /api/v1/lines", headers=JSON)
        told = msgspec.json.decode(answer.body)["lines"] if answer.status == OK else []
        self._note(answer, "a list", {tile["line"]: tile["target_per_hour"] for tile in told})

    def _wall(self) -> None:
        path = f"/tv/{PLANT}/board.json"
        answer = self._on_a_wall.ask("GET", path, "GET /tv/<plant>/board.json")
        told = msgspec.json.decode(answer.body)["tiles"] if answer.status == OK else []
        self._note(answer, "a wall", {tile["line"]: tile["target_per_hour"] for tile in told})

    def _board(self) -> None:
        answer = self._asker.ask("GET", f"/?plant={PLANT}", "GET /")
        page = answer.body.decode(errors="replace")
        shown = {
            slug: int(found[1])
            for slug, name in self._names.items()
            if (found := re.search(rf"{re.escape(name)} v(\d+)", page))
        }
        self._note(answer, "a board", shown)

    def _note(self, answer: Answer, reader: str, shown: dict[str, int]) -> None:
        """Before its first version a line shows nothing that could be compared."""
        for slug in self._names:
            version = shown.get(slug)
            self._stage.history.note(
                Read(
                    **answer.facts,
                    thing=thing(slug),
                    version=version if version and version >= FIRST_VERSION else None,
                    reader=reader,
                )
            )
