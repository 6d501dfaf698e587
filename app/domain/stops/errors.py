"""Why nothing is said of a stop, or declared, in words and with a stable code."""


class StopsError(Exception):
    """The base of what this room refuses."""

    code = "stops"


class NoSuchStop(StopsError):
    """The line did not stand from this moment on; it may be that pieces came late."""

    code = "no-such-stop"

    def __init__(self) -> None:
        super().__init__("the line does not stand from then on, or no longer as it was shown")


class NoSuchStopReason(StopsError):
    """The plant gives no such reason, or does no longer."""

    code = "no-such-stop-reason"

    def __init__(self, reason: str) -> None:
        super().__init__(f"this plant has no reason {reason}")


class NotPlanned(StopsError):
    """The reason is not one that is planned."""

    code = "not-planned"

    def __init__(self, reason: str) -> None:
        super().__init__(f"nobody plans a stop for {reason}")


class AlreadyPlanned(StopsError):
    """A planned stop of the line goes on."""

    code = "already-planned"

    def __init__(self) -> None:
        super().__init__("a planned stop of this line goes on already")


class NothingPlanned(StopsError):
    """No planned stop of the line goes on that could end."""

    code = "nothing-planned"

    def __init__(self) -> None:
        super().__init__("no planned stop of this line goes on")


class CommentTooLong(StopsError):
    """More words than a stop has room for."""

    code = "comment-too-long"

    def __init__(self, longest: int) -> None:
        super().__init__(f"a comment has at most {longest} characters")
