"""Why nothing is said of a stop, or declared, in words and with a stable code."""

from collections.abc import Sequence


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


class NoReasonNumbered(StopsError):
    """The plant has no group or reason of this number."""

    code = "no-reason-numbered"

    def __init__(self, number: int) -> None:
        super().__init__(f"this plant has no stop reason {number}")


class ReasonTaken(StopsError):
    """Another reason of the plant has this slug, perhaps a retired one."""

    code = "stop-reason-taken"

    def __init__(self, slug: str) -> None:
        super().__init__(f"another reason has the address {slug}")


class NameTaken(StopsError):
    """Another reason of the group has this name, perhaps a retired one; or another group."""

    code = "stop-reason-name-taken"

    def __init__(self, name: str, *, group: str | None) -> None:
        of = f"in «{group}» another reason" if group else "another group"
        super().__init__(f"{of} is called «{name}»")


class GroupRetired(StopsError):
    """A reason is given only where its group is."""

    code = "group-retired"

    def __init__(self, group: str) -> None:
        super().__init__(f"the group «{group}» is retired: bring it back first")


class GroupInUse(StopsError):
    """Reasons of the group can still be given: it is not retired from under them."""

    code = "group-in-use"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(f"retire what is in it first: {', '.join(reasons)}")


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
