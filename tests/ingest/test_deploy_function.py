"""`flask deploy-function` brings the code, sees that it runs, or says why not in one line."""

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from click.testing import Result

from app.commands.function import uploading
from app.commands.function.packing import packed
from app.config import Config
from app.factory import create_app
from app.parts import Parts
from lab.lambda_api import FUNCTION, Function, served

Deploy = Callable[[], Result]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    """A function in an account that exists on loopback alone."""
    function = Function()
    with served(function) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setattr(uploading, "ASK_EVERY_SECONDS", 0.01)
        yield function


@pytest.fixture
def deploy(config: Config, parts: Parts) -> Deploy:
    told = dataclasses.replace(config, ingest_function=FUNCTION)
    app = create_app(told, dataclasses.replace(parts, config=told))
    return lambda: app.test_cli_runner().invoke(args=["deploy-function"], catch_exceptions=False)


def test_new_code_is_brought_waited_for_and_started(function: Function, deploy: Deploy) -> None:
    # Elastic Beanstalk has just made the function, and Lambda takes the code in its own time.
    function.statuses = ["InProgress", "Successful", "InProgress", "InProgress", "Successful"]
    ran = deploy()

    assert (ran.exit_code, ran.output) == (0, "the function has new code, 0.6 MB\n")
    assert function.code == packed()
    ask = "GET configuration"
    assert function.asked == [ask, ask, "PUT code", ask, ask, "POST invocations"]


def test_code_that_is_there_already_is_started_and_not_sent(
    function: Function, deploy: Deploy
) -> None:
    function.code = packed()
    ran = deploy()

    assert (ran.exit_code, ran.output) == (0, "the function has this code already, 0.6 MB\n")
    assert function.asked == ["GET configuration", "POST invocations"]


def refused(function: Function) -> None:
    function.refusals["PUT"] = (403, "AccessDeniedException", "no lambda:UpdateFunctionCode")


def gone(function: Function) -> None:
    function.refusals["GET"] = (404, "ResourceNotFoundException", "Function not found")


def old_runtime(function: Function) -> None:
    function.runtime = "python3.10"


def other_runtime(function: Function) -> None:
    function.runtime = "nodejs24.x"


def failed(function: Function) -> None:
    function.statuses = ["Successful", "Failed"]


def never_ready(function: Function) -> None:
    function.statuses = ["Successful", "InProgress"]


def never_made(function: Function) -> None:
    function.state = "Pending"


def other_code(function: Function) -> None:
    function.keeps = b"something else"


def does_not_start(function: Function) -> None:
    function.fault = "Runtime exited with error: exit status 1"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (refused, "AccessDeniedException: no lambda:UpdateFunctionCode"),
        (gone, "ResourceNotFoundException: Function not found"),
        (old_runtime, "its runtime is python3.10, and the code wants python3.11"),
        (other_runtime, "its runtime is nodejs24.x, and the code wants python3.11"),
        (failed, "the last change failed: the subnet is full"),
        (never_ready, "a change is under way for 0 s"),
        (never_made, "a change is under way for 0 s"),
        (other_code, "Lambda holds other code than was sent"),
        (
            does_not_start,
            "it does not start: Runtime exited with error: exit status 1; its log says more",
        ),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    function: Function,
    deploy: Deploy,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Function], None],
    why: str,
) -> None:
    monkeypatch.setattr(uploading, "LONGEST_SECONDS", 0.05)
    spoil(function)
    ran = deploy()

    assert ran.exit_code == 1
    assert ran.output == f"Error: the function was not brought its code: {why}\n"


def test_an_api_that_cannot_be_reached_is_said_in_one_line(
    function: Function, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")
    ran = deploy()

    assert ran.exit_code == 1
    assert "Could not connect to the endpoint URL" in ran.output
    assert ran.output.count("\n") == 1


def test_without_credentials_it_says_so(
    function: Function, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    ran = deploy()

    assert ran.exit_code == 1
    assert ran.output.endswith("Unable to locate credentials\n")


def test_a_zip_that_is_too_large_is_not_sent(
    function: Function, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "LARGEST_BYTES", 1000)
    ran = deploy()

    assert ran.exit_code == 1
    assert "more than Lambda takes" in ran.output
    assert function.asked == []


def test_without_a_function_it_says_which_setting_is_missing(config: Config, parts: Parts) -> None:
    ran = create_app(config, parts).test_cli_runner().invoke(args=["deploy-function"])

    assert ran.exit_code == 1
    assert (
        ran.output == "Error: INGEST_FUNCTION is not set: there is no function to bring code to\n"
    )
