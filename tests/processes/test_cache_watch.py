"""`flask cache watch` in a terminal of its own."""

import signal
import subprocess

from lab import procfile
from tests.processes.conftest import Instance


def test_ctrl_c_ends_watching_without_a_word(instance: Instance) -> None:
    watching = subprocess.Popen(
        procfile.flask("cache", "watch"),
        env=instance.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=procfile.ROOT,
        text=True,
        # Whoever runs the tests in a shell's background has had Ctrl-C switched off for all.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (one call)
    )
    assert watching.stdout is not None
    head = watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, complaints = watching.communicate(timeout=15)

    assert head.startswith("query")
    assert (watching.returncode, complaints) == (0, "")
