"""Why an account cannot be made."""


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
