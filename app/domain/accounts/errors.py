"""What this room refuses."""


class AccountsError(Exception):
    """The base of what this room refuses."""

    code = "accounts"


class UsernameTaken(AccountsError):
    """Somebody signs in with this name already."""

    code = "username-taken"

    def __init__(self, username: str) -> None:
        super().__init__(f"{username} is taken by another operator")


class BadUser(AccountsError):
    """A name, role or password that no account may have."""

    code = "bad-user"


class NoSuchPlant(AccountsError):
    """No plant has this slug."""

    code = "no-such-plant"

    def __init__(self, slug: str) -> None:
        super().__init__(f"no plant is called {slug}")


class NoSuchScreen(AccountsError):
    """No screen has this number, or it was ended."""

    code = "no-such-screen"

    def __init__(self, number: int) -> None:
        super().__init__(f"no screen has the number {number}")


class ScreenEnded(AccountsError):
    """The link was ended, or is none of ours, or is for another plant."""

    code = "screen-ended"

    def __init__(self) -> None:
        super().__init__("this link opens no board here; an administrator makes a new one")


class BadScreen(AccountsError):
    """A name that no screen may have."""

    code = "bad-screen"


class BadToken(AccountsError):
    """A name, scope or life that no token may have, or a scope that is beyond its maker's role."""

    code = "bad-token"


class NoSuchToken(AccountsError):
    """No token of theirs has this number, or it was revoked."""

    code = "no-such-token"

    def __init__(self, number: int) -> None:
        super().__init__(f"no token has the number {number}")


class NoSuchGateway(AccountsError):
    """No gateway has this number."""

    code = "no-such-gateway"

    def __init__(self, number: int) -> None:
        super().__init__(f"no gateway has the number {number}")


class BadGateway(AccountsError):
    """A name that no gateway may have."""

    code = "bad-gateway-name"


class GatewayTaken(AccountsError):
    """Another gateway has this name."""

    code = "gateway-taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"another gateway is called {name}")


class NoSuchOperator(AccountsError):
    """Nobody has this username or number."""

    code = "no-such-operator"

    def __init__(self, who: str | int) -> None:
        super().__init__(f"no operator is called {who}")


class WrongPassword(AccountsError):
    """It is not this person's password."""

    code = "wrong-password"


class NotYourself(AccountsError):
    """Nobody closes or demotes themselves: a plant would be left without an administrator."""

    code = "not-yourself"


class TooManyAttempts(AccountsError):
    """Passwords were guessed too often; it says how many seconds to wait."""

    code = "too-many-attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts; wait {retry_after} seconds")
        self.retry_after = retry_after
