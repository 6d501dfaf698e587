"""Who is asking, however they came in."""

from msgspec import Struct

from app.models import at_least


class Person(Struct, frozen=True, kw_only=True):
    """A person with an open account: they themselves, or a program that acts for them."""

    id: int
    plant_id: int
    username: str
    name: str
    role: str

    def may(self, role: str) -> bool:
        """Whether this person's role is `role` or above it."""
        return at_least(self.role, role)

    def sees(self, plant_id: int) -> bool:
        """Whether what this plant has is there for them: people see every plant."""
        return True
