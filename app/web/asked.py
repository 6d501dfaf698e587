"""What a report was asked for: a plant, and a time of its own clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from sqlalchemy.orm import Session

from app.domain import reports
from app.web.handed import ask
from app.web.pages import plants_and_chosen

DEFAULT = "today"


@dataclass(frozen=True, slots=True)
class Asked:
    """The plant, and how its reports are to be asked for."""

    session: Session
    plants: Sequence[Any]
    plant: Any
    zone: ZoneInfo
    now: datetime

    @property
    def terms(self) -> Mapping[str, Any]:
        """What every report wants to know."""
        return {"session": self.session, "plant": self.plant.slug, "ask": ask, "now": self.now}

    def span(self) -> reports.Range:
        """The time that the query names: two days, or one of the choices.

        Raises `BadRange`.
        """
        if request.args.get("from") or request.args.get("to"):
            return reports.by_dates(request.args, zone=self.zone, now=self.now)
        key = request.args.get("range", DEFAULT)
        shift = None
        if key == "shift":
            shift = reports.last_shift(self.session, self.plant.slug, now=self.now, ask=ask)
        return reports.by_name(key, zone=self.zone, now=self.now, shift=shift)

    def link(self, endpoint: str, **but: str) -> str:
        """A page of the same plant and time, and of the same view where it stays on its page."""
        names = (
            ("range", "from", "to", "by")
            if endpoint == request.endpoint
            else ("range", "from", "to")
        )
        kept = {name: request.args[name] for name in names if request.args.get(name)}
        if "range" in but:
            kept = {name: value for name, value in kept.items() if name == "by"}
        return url_for(endpoint, **{"plant": self.plant.slug, **kept, **but})


def asked_of(session: Session, now: datetime) -> Asked:
    """What this request asks; 404 for a plant that is not there."""
    plants, plant = plants_and_chosen(session)
    (found,) = ask(session, reports.ZONE, plant=plant.slug)
    return Asked(session, plants, plant, ZoneInfo(found.time_zone), now)
