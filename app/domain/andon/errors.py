"""Why the cord refuses, in words and with a stable code."""


class AndonError(Exception):
    """The base of what this room refuses."""

    code = "andon"


class CallAlreadyOpen(AndonError):
    """This station has an open call for this reason; `call_id` says which."""

    code = "call-already-open"

    def __init__(self, station: str, reason: str, call_id: int) -> None:
        super().__init__(f"{station} already has call {call_id} open for {reason}")
        self.call_id = call_id


class NoSuchCall(AndonError):
    """No call has this number."""

    code = "no-such-call"

    def __init__(self, call_id: int) -> None:
        super().__init__(f"there is no call {call_id}")


class CallResolved(AndonError):
    """The call is over: nothing can be done to it any more."""

    code = "call-resolved"

    def __init__(self, call_id: int) -> None:
        super().__init__(f"call {call_id} is resolved already")


class NoSuchStation(AndonError):
    """The line has no station of this slug."""

    code = "no-such-station"

    def __init__(self, station: str) -> None:
        super().__init__(f"this line has no station {station}")


class NoSuchReason(AndonError):
    """Nobody can be called for this reason."""

    code = "no-such-reason"

    def __init__(self, reason: str) -> None:
        super().__init__(f"there is no reason {reason}")
