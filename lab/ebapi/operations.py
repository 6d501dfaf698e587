"""An operation: takes its time in a thread, is told of by events, and changes state at its end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from lab.ebapi.environment import DeploymentFailed, Say
from lab.ebapi.events import Events, Severity
from lab.ebapi.hosted import Hosted

# What is said of an operation that neither succeeded nor failed in words: a fault of ours.
BROKE_OFF = "The operation broke off."


@dataclass(frozen=True, slots=True)
class Wording:
    """An operation in Elastic Beanstalk's own words: the client looks for the last ones."""

    during: str
    starts: str
    succeeded: tuple[str, ...]
    failed: str
    after: str = "Ready"


CREATION = Wording(
    "Launching",
    "createEnvironment is starting.",
    ("Successfully launched environment: {name}",),
    "Create environment operation is complete, but with errors. "
    "For more information, see troubleshooting documentation.",
)
DEPLOYMENT = Wording(
    "Updating",
    "Environment update is starting.",
    (
        "New application version was deployed to running EC2 instances.",
        "Environment update completed successfully.",
    ),
    "Failed to deploy application.",
)
CONFIGURATION = Wording(
    "Updating",
    "Environment update is starting.",
    (
        "Successfully deployed new configuration to environment.",
        "Environment update completed successfully.",
    ),
    "Failed to deploy configuration.",
)
TERMINATION = Wording(
    "Terminating",
    "terminateEnvironment is starting.",
    ("terminateEnvironment completed successfully.",),
    "The environment termination step failed because at least one of the environment termination "
    "workflows failed.",
    after="Terminated",
)


class Operations:
    """Runs each operation in a thread of its own; who begins one has seen that none runs."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._threads: list[threading.Thread] = []

    def begin(
        self,
        hosted: Hosted,
        wording: Wording,
        *,
        request_id: str,
        work: Callable[[Say], None],
        done: Callable[[], None],
    ) -> None:
        """Start the work; `done` makes what it did the state that the API shows."""
        hosted.status, hosted.color = wording.during, "Grey"
        say = partial(self._say, hosted, request_id)
        say(wording.starts)
        thread = threading.Thread(target=_run, args=(hosted, wording, work, done, say), daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait(self) -> None:
        """Until all that was begun has ended."""
        for thread in self._threads:
            thread.join()

    def _say(
        self, hosted: Hosted, request_id: str, message: str, severity: Severity = "INFO"
    ) -> None:
        self._events.add(
            message,
            severity=severity,
            application=hosted.application,
            environment=hosted.name,
            request_id=request_id,
        )


def _run(
    hosted: Hosted,
    wording: Wording,
    work: Callable[[Say], None],
    done: Callable[[], None],
    say: Callable[..., None],
) -> None:
    why: str | None = BROKE_OFF
    try:
        work(say)
        done()
        why = None
    except DeploymentFailed as failure:
        why = str(failure)
    finally:
        # First the state, then the words: the client goes on with the words.
        hosted.updated_at = datetime.now(UTC)
        if why is None:
            hosted.status, hosted.color, hosted.causes = wording.after, "Green", []
            for message in wording.succeeded:
                say(message.format(name=hosted.name))
        else:
            hosted.status, hosted.color, hosted.causes = "Ready", "Red", [why]
            say(why, "ERROR")
            say(wording.failed, "ERROR")
