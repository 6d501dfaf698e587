"""Why the cord refuses, in words and with a stable code."""


class AndonError(Exception):
    """The base of what this room refuses."""

    code = "andon"


class CallAlreadyOpen(AndonError):
    """An open call is in the way; `call_id` says which, and `line` where it is."""

    code = "call-already-open"

    def __init__(self, line: str, call_id: int, *, why: str) -> None:
        super().__init__(why)
        self.line = line
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
    """The plant has no call type of this slug, or calls for it no longer."""

    code = "no-such-reason"

    def __init__(self, reason: str) -> None:
        super().__init__(f"this plant has no call type {reason}")


class NoSuchType(AndonError):
    """The plant has no call type of this number."""

    code = "no-such-call-type"

    def __init__(self, number: int) -> None:
        super().__init__(f"this plant has no call type {number}")


class TypeTaken(AndonError):
    """Another call type of the plant has this slug, perhaps an inactive one."""

    code = "call-type-taken"

    def __init__(self, slug: str) -> None:
        super().__init__(f"another call type has the address {slug}")


class NoteTooLong(AndonError):
    """More words than a call has room for."""

    code = "note-too-long"

    def __init__(self, longest: int) -> None:
        super().__init__(f"a note has at most {longest} characters")
