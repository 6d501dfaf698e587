"""Who may enter: people by name and password, gateways by token, screens by a signed link."""

from app.domain.accounts import sign_ins
from app.domain.accounts.attempts import Attempt, Attempts, at_confirmation, at_sign_in
from app.domain.accounts.devices import device
from app.domain.accounts.errors import (
    AccountsError,
    BadScreen,
    BadUser,
    NoSuchOperator,
    NoSuchPlant,
    NoSuchScreen,
    NotYourself,
    ScreenEnded,
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
from app.domain.accounts.screens import (
    ScreenKeys,
    ScreenPass,
    admit_screen,
    end_screen,
    make_screen,
    note_screen,
    screens,
)
from app.domain.accounts.sign_ins import Principal
from app.domain.accounts.staying import STAYS, Reused, Stay, end, recall, stay

__all__ = [
    "SHORTEST_PASSWORD",
    "STAYS",
    "AccountsError",
    "Attempt",
    "Attempts",
    "BadScreen",
    "BadUser",
    "Gatekeeper",
    "GatewayPass",
    "NoSuchOperator",
    "NoSuchPlant",
    "NoSuchScreen",
    "NotYourself",
    "Principal",
    "Reused",
    "ScreenEnded",
    "ScreenKeys",
    "ScreenPass",
    "Stay",
    "TooManyAttempts",
    "UsernameTaken",
    "WrongPassword",
    "admit_screen",
    "admitted",
    "at_confirmation",
    "at_sign_in",
    "change_password",
    "change_role",
    "create_operator",
    "device",
    "end",
    "end_screen",
    "everybody",
    "has_password",
    "issue_token",
    "make_screen",
    "named",
    "note_screen",
    "note_seen",
    "operator_for_password",
    "recall",
    "revoke",
    "screens",
    "set_active",
    "set_password",
    "sign_ins",
    "stay",
]
