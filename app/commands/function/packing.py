"""The zip that the function runs from: its modules, and the packages they load."""

import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

APP = Path(__file__).parents[2]

# What `app/ingest` loads, down to the machines. A test runs the zip by itself: what is missing
# here, or compiled, shows there.
MODULES = (
    *("__init__.py", "ingest/__init__.py", "ingest/handler.py", "ingest/message.py"),
    *("config/__init__.py", "config/addresses.py", "config/reading.py", "config/settings.py"),
    *("iam/__init__.py", "iam/clients.py", "iam/connections.py", "iam/passwords.py"),
    *("iam/signing.py", "iam/subscriptions.py"),
    *("observability/__init__.py", "observability/logs.py"),
    *("streams/__init__.py", "streams/client.py", "streams/landing.py", "streams/script.py"),
    "streams/turns.py",
)
# Python alone: redis-py does without hiredis, so any version of Python and any processor runs it.
# What Lambda's own Python brings, botocore, stays out.
PACKAGES = ("redis", "structlog")
# `index.handler` is what the template names, for the placeholder and for this.
ENTRY = "from app.ingest import create_handler\n\nhandler = create_handler()\n"

# The earliest that a zip can say. The same code is the same bytes, whenever it is packed.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def packed() -> bytes:
    """The zip, of what is installed and running here."""
    modules = {f"app/{name}": (APP / name).read_bytes() for name in MODULES}
    files = {"index.py": ENTRY.encode()} | modules | dict(_packages())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = _READABLE
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def _packages() -> Iterator[tuple[str, bytes]]:
    """Their sources, and the licences that ask to go along."""
    for name in PACKAGES:
        for file in distribution(name).files or ():
            if file.suffix == ".py" or "licenses" in file.parts:
                yield file.as_posix(), file.read_binary()
