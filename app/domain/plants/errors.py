"""Why a plant is not laid out so, in words and with a stable code."""


class PlantsError(Exception):
    """The base of what this room refuses."""

    code = "plants"


class NoSuchPlace(PlantsError):
    """There is no such plant, or no such line, station or sensor in it."""

    code = "no-such-place"

    def __init__(self, kind: str) -> None:
        super().__init__(f"there is no such {kind}")


class SlugTaken(PlantsError):
    """Another is addressed by this slug, perhaps a retired one."""

    code = "slug-taken"

    def __init__(self, kind: str, slug: str) -> None:
        super().__init__(f"another {kind} has the address {slug}")


class CallsOpen(PlantsError):
    """Somebody waits there: what has an open call is not retired."""

    code = "calls-open"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has open calls: resolve them first")
