"""What `make eb-client` concludes, and that the client it runs reaches nobody but the stand-in."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from lab.deploycheck.bundle import Packed, of_commit, of_upload
from lab.deploycheck.rules.settings import CLI_WINS
from lab.ebapi.client import Client, ClientMissing
from lab.ebapi.findings import differences, overridden, unexpected
from lab.ebapi.settings import Options
from tests.deployment.planting import need_commit
from tests.deployment.test_bundle import checkout, git

__all__ = ["checkout"]

URL = "http://127.0.0.1:9"
COMMAND = "aws:elasticbeanstalk:command"
FILE = Packed(0o644, b"content")
PROGRAM = Packed(0o755, b"content")


def sent() -> Options:
    """All that the client sets; where it depends on what was asked for, something."""
    return {
        (namespace, name): value or "t3.small"
        for namespace, options in CLI_WINS.items()
        for name, value in options.items()
    }


def archived(folder: Path, zipped: Path) -> Path:
    git(folder, "archive", "--format=zip", "-o", str(zipped), "HEAD")
    return zipped


def test_what_git_archives_does_not_differ_from_what_is_committed(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    zipped = archived(checkout, tmp_path_factory.mktemp("zip") / "bundle.zip")

    assert differences(of_upload(zipped), of_commit(checkout)) == ""
    assert any(file.mode & 0o100 for file in of_upload(zipped).values())


@pytest.mark.parametrize(
    ("uploaded", "said"),
    [
        ({"a": FILE, "b": FILE}, "b is uploaded and not committed"),
        ({}, "a is committed and not uploaded"),
        ({"a": Packed(0o644, b"other")}, "a has other content"),
        ({"a": PROGRAM}, "a is a program in one of them only"),
        ({"a": FILE}, ""),
    ],
)
def test_every_difference_of_an_upload_is_named(uploaded: dict[str, Packed], said: str) -> None:
    assert differences(uploaded, {"a": FILE}) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda options: options.update({("new", "One"): "1"}), "it sets new One"),
        (
            lambda options: options.pop((COMMAND, "BatchSize")),
            f"it does not set {COMMAND} BatchSize",
        ),
        (
            lambda options: options.update({(COMMAND, "BatchSize"): "50"}),
            f"it sets {COMMAND} BatchSize to 50, not to 30",
        ),
        (lambda options: options.update({("asked", "For"): "1"}), ""),
    ],
)
def test_what_the_client_sets_otherwise_than_we_say_is_named(
    change: Callable[[Options], object], said: str
) -> None:
    options = sent() | {("asked", "For"): "1"}
    change(options)

    assert unexpected(options, asked={("asked", "For"): "1"}) == said


def test_an_option_of_a_file_that_does_not_hold_is_named(tmp_path: Path) -> None:
    file = tmp_path / "some.config"
    file.write_text(f'option_settings:\n  {COMMAND}:\n    BatchSize: "50"\n    Timeout: "900"\n')

    assert overridden(sent(), [file]) == (
        f"some.config: {COMMAND} BatchSize is 50 there, and set to 30"
    )
    assert overridden(sent() | {(COMMAND, "BatchSize"): "50"}, [file]) == ""


@pytest.fixture
def program(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Client]:
    """A client that runs another program than `eb`, in a clone of a small checkout."""
    need_commit(checkout)

    def client(name: str) -> Client:
        found = subprocess.run(
            ["which", name],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
        folder = tmp_path_factory.mktemp("client")
        return Client(folder, URL, root=checkout, eb=Path(found.stdout.strip()))

    return client


def test_the_client_is_told_of_the_stand_in_and_of_nothing_that_is_ours(
    program: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "ours")
    client = program("env")
    lines = client.run().words.splitlines()

    told = dict(line.split("=", 1) for line in lines)
    assert told["AWS_ENDPOINT_URL"] == URL
    assert told["AWS_EC2_METADATA_DISABLED"] == "true"
    assert Path(told["HOME"]).parent == client.checkout.parent
    assert "ours" not in told.values()


def test_the_client_runs_in_a_clone(program: Callable[[str], Client], checkout: Path) -> None:
    client = program("touch")
    client.run("made-by-the-client")

    assert (client.checkout / "made-by-the-client").exists()
    assert not (checkout / "made-by-the-client").exists()


def test_the_client_is_given_its_answer_and_shown_as_it_speaks(
    program: Callable[[str], Client], capsys: pytest.CaptureFixture[str]
) -> None:
    said = program("cat").run(answer="andon\n")

    assert (said.code, said.words) == (0, "andon\n")
    assert "    andon\n" in capsys.readouterr().out


def test_a_client_that_hangs_is_ended(program: Callable[[str], Client]) -> None:
    said = program("sleep").run("60", limit=timedelta(seconds=0.1))

    assert said.code < 0


def test_without_the_client_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ClientMissing, match="make eb-client"):
        Client(tmp_path, URL, eb=tmp_path / "eb")
