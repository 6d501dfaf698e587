"""Somebody who pulls the cord of a line, answers it and puts it right, over and over."""

import itertools
from typing import Literal

import msgspec

from app.commands.seed.floor import FloorLine
from lab.chaos.history import CONFLICT, CREATED, OK, Pulled, clock
from lab.chaos.witness import JSON, Answer, Asker, Stage

# One of the types that a plant begins with, and critical: a line has one of these at a time.
TYPE = "safety"


class Caller:
    """Repeats each step until it is answered, as somebody does who needs help."""

    def __init__(self, stage: Stage, line: FloorLine, person: Asker, who: int) -> None:
        self._stage = stage
        self._line = line.line.slug
        self._stations = [station.slug for station in line.stations]
        self._person = person
        self._who = who
        self._headers = {**JSON, "X-CSRF-Token": person.browser.form_token("/account/sessions")}

    def put_right(self) -> None:
        """Resolve what the plant's past has left open here: calls of nobody who is watched."""
        told = self._person.browser.ask("GET", f"/api/v1/lines/{self._line}/calls", headers=JSON)
        for call in msgspec.json.decode(told.data)["calls"]:
            if call["resolved_at"] is None:
                self._person.browser.ask(
                    "PUT", f"/calls/{call['id']}/resolution", headers=self._headers
                )

    def run(self) -> None:
        """Call after call, until it is over."""
        for station in itertools.cycle(self._stations):
            call = self._raise(station)
            if call is None or not all(
                self._change(call, step) for step in ("acknowledged", "resolved")
            ):
                return

    def _raise(self, station: str) -> int | None:
        """The call that is open now: mine, or one of before; None when it is over."""
        since = clock()
        body = msgspec.json.encode({"station": station, "type": TYPE})
        while self._stage.goes_on():
            answer = self._person.ask(
                *("POST", f"/api/v1/lines/{self._line}/calls", "POST /api/v1/lines/<slug>/calls"),
                body=body,
                headers=self._headers,
            )
            call = _call_of(answer)
            self._note("raised", answer, call, since)
            if call is not None:
                return call
        return None

    def _change(self, call: int, step: Literal["acknowledged", "resolved"]) -> bool:
        """Whether it was done before it is over."""
        since = clock()
        what = {"acknowledged": "acknowledgement", "resolved": "resolution"}[step]
        while self._stage.goes_on():
            answer = self._person.ask(
                "PUT", f"/calls/{call}/{what}", f"PUT /calls/<id>/{what}", headers=self._headers
            )
            self._note(step, answer, call, since)
            if answer.status in (OK, CONFLICT):
                return True
        return False

    def _note(
        self,
        step: Literal["raised", "acknowledged", "resolved"],
        answer: Answer,
        call: int | None,
        since: float,
    ) -> None:
        self._stage.history.note(
            Pulled(
                **answer.facts,
                step=step,
                call=call,
                line=self._line,
                who=self._who,
                tried_since=since,
            )
        )


def _call_of(answer: Answer) -> int | None:
    """The number of the call that was raised, or that was open already."""
    if answer.status == CREATED:
        return int(msgspec.json.decode(answer.body)["id"])
    if answer.status == CONFLICT:
        return int(msgspec.json.decode(answer.body)["call"]["id"])
    return None
