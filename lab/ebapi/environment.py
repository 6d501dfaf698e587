"""What the stand-in hands its work to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

Say = Callable[[str], None]


class DeploymentFailed(Exception):
    """The operation failed and changed nothing; its words become an event."""


class Environment(Protocol):
    """The one environment there can be. Each call takes as long as the work does.

    A bundle is the zip that was uploaded; settings are the properties set on the environment
    itself, which win over those in its files.
    """

    def create(self, bundle: Path, settings: Mapping[str, str], say: Say) -> None:
        """Bring it up with this version."""

    def deploy(self, bundle: Path, say: Say) -> None:
        """Replace the version that runs."""

    def terminate(self, say: Say) -> None:
        """Take it down."""


@runtime_checkable
class Configurable(Protocol):
    """An environment whose instances can also be given other properties."""

    def configure(self, settings: Mapping[str, str], say: Say) -> None:
        """Go on with exactly these properties."""
