"""TLS to a server that is dialled by its number: its certificate bears its name all the same."""

import socket
import ssl


class Tls:
    """Believes whom the system's authorities vouch for, and only under the name that is asked for.

    Nodes are dialled by number, as a name may lead one client to the old server and another to its
    successor. `SSL_CERT_FILE` names other authorities than the system's.
    """

    def __init__(self) -> None:
        self._context = ssl.create_default_context()

    def of(self, name: str) -> "Named":
        """What wraps a connection to the server of that name."""
        return Named(self._context, name)


class Named:
    """As much of an `SSLContext` as pymemcache uses; whoever answers must be of this name."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self._context = context
        self._name = name

    def wrap_socket(self, sock: socket.socket, server_hostname: str) -> ssl.SSLSocket:
        """`server_hostname` is the number that is dialled, and no certificate bears it."""
        del server_hostname
        return self._context.wrap_socket(sock, server_hostname=self._name)
