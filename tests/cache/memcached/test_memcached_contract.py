"""The contract of all engines, on a pool of three memcached nodes."""

from tests.cache.contract import Contract


class TestMemcached(Contract):
    """The pool that this folder's tests share."""
