"""Who may enter: people by name and password, gateways by token."""

from app.domain.accounts import sign_ins
from app.domain.accounts.attempts import Attempt, Attempts, at_confirmation, at_sign_in
from app.domain.accounts.devices import device
from app.domain.accounts.errors import (
    AccountsError,
    BadUser,
    NoSuchOperator,
    NoSuchPlant,
    NotYourself,
    TooManyAttempts,
    UsernameTaken,
    WrongPassword,
)
from app.domain.accounts.gateways import (
    Gatekeeper,
    GatewayPass,
    admitted,
    issue_token,
    note_seen,
    revoke,
)
from app.domain.accounts.operators import (
    change_role,
    create_operator,
    everybody,
    set_active,
)
from app.domain.accounts.passwords import (
    SHORTEST_PASSWORD,
    change_password,
    has_password,
    named,
    operator_for_password,
    set_password,
)
from app.domain.accounts.sign_ins import Principal
from app.domain.accounts.staying import STAYS, Reused, Stay, end, recall, stay

__all__ = [
    "SHORTEST_PASSWORD",
    "STAYS",
    "AccountsError",
    "Attempt",
    "Attempts",
    "BadUser",
    "Gatekeeper",
    "GatewayPass",
    "NoSuchOperator",
    "NoSuchPlant",
    "NotYourself",
    "Principal",
    "Reused",
    "Stay",
    "TooManyAttempts",
    "UsernameTaken",
    "WrongPassword",
    "admitted",
    "at_confirmation",
    "at_sign_in",
    "change_password",
    "change_role",
    "create_operator",
    "device",
    "end",
    "everybody",
    "has_password",
    "issue_token",
    "named",
    "note_seen",
    "operator_for_password",
    "recall",
    "revoke",
    "set_active",
    "set_password",
    "sign_ins",
    "stay",
]
