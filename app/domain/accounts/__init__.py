"""Who may enter: people by name and password, gateways by token."""

from app.domain.accounts.errors import AccountsError, BadUser, NoSuchPlant, UsernameTaken
from app.domain.accounts.gateways import (
    Gatekeeper,
    GatewayPass,
    issue_token,
    note_seen,
    revoke,
)
from app.domain.accounts.operators import (
    create_operator,
    operator_for_password,
    operator_or_none,
)

__all__ = [
    "AccountsError",
    "BadUser",
    "Gatekeeper",
    "GatewayPass",
    "NoSuchPlant",
    "UsernameTaken",
    "create_operator",
    "issue_token",
    "note_seen",
    "operator_for_password",
    "operator_or_none",
    "revoke",
]
