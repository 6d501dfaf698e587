"""Ports that engines and processes of a fleet are given."""

import socket

from lab.engines import free_port


def test_no_port_is_given_twice_nor_one_that_a_connection_may_take() -> None:
    given = [free_port() for _ in range(400)]

    assert len({*given}) == len(given)
    assert max(given) < 32_768


def test_a_port_that_somebody_listens_on_is_not_given_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        port = taken.getsockname()[1]

        assert free_port(preferred=port) != port
    assert free_port(preferred=port) == port
