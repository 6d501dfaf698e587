"""When a target of the balancer counts as healthy."""

from dataclasses import dataclass


@dataclass(slots=True)
class Health:
    """Counts checks: so many good ones in a row bring it into service, so many bad ones out."""

    good_needed: int
    bad_needed: int
    in_service: bool = False
    row: int = 0
    last: bool | None = None

    def checked(self, good: bool) -> bool:  # noqa: FBT001 # it is the one thing that was seen
        """Note one check; whether it brought the target into service, or out of it."""
        self.row = self.row + 1 if good == self.last else 1
        self.last = good
        needed = self.good_needed if good else self.bad_needed
        if good == self.in_service or self.row < needed:
            return False
        self.in_service = good
        return True
