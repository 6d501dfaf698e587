"""How often a password may be guessed.

Failures are counted for a name from one address, for an address, and for a name wherever they come
from. The last would let anybody lock somebody else out, so a browser that this very name once
signed in from is counted by itself (OWASP's «device cookies»), and by nothing that others do.
"""

import hashlib
import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from app.domain.accounts.errors import TooManyAttempts

# Who mistypes five times has forgotten it, or is guessing.
OF_NAME_AND_ADDRESS = RateLimitItemPerMinute(5, 15, namespace="name-and-address")
OF_DEVICE = RateLimitItemPerMinute(5, 15, namespace="device")
OF_CONFIRMATION = RateLimitItemPerMinute(5, 15, namespace="confirmation")
# A whole plant may share one address.
OF_ADDRESS = RateLimitItemPerMinute(50, 15, namespace="address")
OF_NAME = RateLimitItemPerHour(30, namespace="name")

# A home or a phone has so many bits of IPv6 to choose its address from.
_IPV6_PREFIX = 64

Counter = tuple[RateLimitItem, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody's try: counted on arrival where `own` says, and in `shared` if it fails."""

    own: Counter
    shared: tuple[Counter, ...] = ()


def at_sign_in(username: str, *, address: str, known_device: str | None) -> Attempt:
    """A try to sign in; `known_device` is a secret of a browser that this name signed in from."""
    name, place = _digest(username.lower()), network(address)
    if known_device is not None:
        return Attempt((OF_DEVICE, (_digest(known_device), name)))
    return Attempt(
        (OF_NAME_AND_ADDRESS, (name, place)), ((OF_ADDRESS, (place,)), (OF_NAME, (name,)))
    )


def at_confirmation(sign_in_id: int) -> Attempt:
    """A try to confirm one's own password: who stole a session must not guess it there."""
    return Attempt((OF_CONFIRMATION, (str(sign_in_id),)))


class Attempts:
    """Counts tries in a store that all instances share; the store's faults are the caller's.

    `limiter` gives the limiter when it is first used.
    """

    def __init__(self, limiter: Callable[[], MovingWindowRateLimiter]) -> None:
        self._limiter = limiter

    def begin(self, attempt: Attempt) -> None:
        """Let it go on, or refuse with `TooManyAttempts`.

        It counts from here on, so that tries at once are no more than tries in turn.
        """
        for item, keys in attempt.shared:
            if not self._limiter().test(item, *keys):
                self._refuse((item, keys))
        item, keys = attempt.own
        if not self._limiter().hit(item, *keys):
            self._refuse(attempt.own)

    def failed(self, attempt: Attempt) -> None:
        """Count it against all that share its address or its name."""
        for item, keys in attempt.shared:
            self._limiter().hit(item, *keys)

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the failures before: whoever knows the password may mistype it again."""
        item, keys = attempt.own
        self._limiter().clear(item, *keys)

    def _refuse(self, counter: Counter) -> None:
        item, keys = counter
        reset = self._limiter().get_window_stats(item, *keys).reset_time
        raise TooManyAttempts(max(1, math.ceil(reset - time.time())))


def network(address: str) -> str:
    """What is counted as one address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:  # noqa: PLR2004 (IPv6)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def _digest(text: str) -> str:
    # What people type is no part of a key; some type their password where the name belongs.
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
