"""Cookies that are worth something only as we made them."""

from itsdangerous import URLSafeTimedSerializer

from app.web.handed import parts


def cookie_name(name: str) -> str:
    """With TLS a name that browsers accept from this host alone (RFC 6265bis, `__Host-`)."""
    return f"__Host-{name}" if parts().config.in_production else name


def signer(name: str) -> URLSafeTimedSerializer:
    """Who signs this cookie's values, and reads what was signed with a secret of before."""
    config = parts().config
    keys = [*config.secret_key_fallbacks, config.secret_key]
    return URLSafeTimedSerializer(keys, salt=f"andon.{name}")
