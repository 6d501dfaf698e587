"""Why no report is given, in words and with a stable code."""


class ReportsError(Exception):
    """The base of what this room refuses."""

    code = "reports"


class BadRange(ReportsError):
    """No report is given of this time; says why."""

    code = "bad-range"


class NoSuchView(ReportsError):
    """A report is not told in this way; says in which ones it is."""

    code = "no-such-view"

    def __init__(self, asked: str, views: tuple[str, ...]) -> None:
        super().__init__(f"there is no view by {asked}; there is {', '.join(views)}")
