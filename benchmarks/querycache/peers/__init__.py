"""The peers, each used as its documentation says; none is installed for `make check`."""
