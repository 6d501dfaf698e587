"""A setting is honoured, or refused in a sentence."""

import pytest

from tests.sessions.conftest import MakeApp


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("SESSION_REDIS", None, ValueError),
        ("SESSION_REDIS", "redis://localhost", TypeError),
        ("SESSION_REDIS", 7, TypeError),
        ("SESSION_TYPE", "filesystem", ValueError),
        ("SESSION_USE_SIGNER", True, ValueError),
        ("SESSION_SERIALIZATION_FORMAT", "json", ValueError),
        ("SESSION_COOKIE_HTTPONLY", False, ValueError),
        ("SECRET_KEY", "", ValueError),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused(
    make_app: MakeApp, name: str, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"\w+ .+"):
        make_app(**{name: value})


def test_a_client_that_decodes_is_refused(make_app: MakeApp) -> None:
    with pytest.raises(ValueError, match="decode_responses"):
        make_app(client_options={"decode_responses": True})
