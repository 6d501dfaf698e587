"""What is said of an environment while it changes."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from lab.ebapi.query import Tree

Severity = Literal["INFO", "WARN", "ERROR"]

# The client asks for what came a millisecond and more after the last event that it saw.
APART = timedelta(milliseconds=2)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of `eb events`."""

    at: datetime
    severity: Severity
    message: str
    application: str
    environment: str
    request_id: str

    def shown(self) -> Tree:
        return {
            "EventDate": self.at,
            "Message": self.message,
            "ApplicationName": self.application,
            "EnvironmentName": self.environment,
            "RequestId": self.request_id,
            "Severity": self.severity,
        }


class Events:
    """All events so far; no two at the same moment."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lock = threading.Lock()

    def add(
        self,
        message: str,
        *,
        severity: Severity,
        application: str,
        environment: str,
        request_id: str,
    ) -> None:
        with self._lock:
            at = datetime.now(UTC)
            if self._events:
                at = max(at, self._events[-1].at + APART)
            event = Event(at, severity, message, application, environment, request_id)
            self._events.append(event)

    def since(self, start: datetime | None, **wanted: str) -> list[Event]:
        """Those from `start` on whose fields are as wanted, the newest first."""
        with self._lock:
            return [
                event
                for event in reversed(self._events)
                if (start is None or event.at >= start)
                and all(getattr(event, field) == value for field, value in wanted.items())
            ]
