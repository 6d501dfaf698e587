"""The code of a function, brought to Lambda and seen to run there."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.commands.refusals import CannotGoOn

# The sources are written for 3.11 and later.
OLDEST_PYTHON = 11
# The service's own limit for a zip that comes with the request.
LARGEST_BYTES = 50_000_000
# New code is in place within seconds; a function that has not run for weeks takes a minute.
LONGEST_SECONDS = 120.0
ASK_EVERY_SECONDS = 1.0

_TIMEOUTS = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 3})


class NoFunction(CannotGoOn):
    def __init__(self) -> None:
        super().__init__("INGEST_FUNCTION is not set: there is no function to bring code to")


class NotDeployed(CannotGoOn):
    def __init__(self, why: str) -> None:
        super().__init__(f"the function was not brought its code: {why}")


def upload(package: bytes, function: str) -> bool:
    """Bring the function, an ARN, this code and wait until it has it; False if it had it before.

    Raises `NotDeployed`.
    """
    if len(package) > LARGEST_BYTES:
        raise NotDeployed(f"{len(package)} bytes are more than Lambda takes")
    digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
    with _plainly():
        # The region stands in the ARN; nothing else on an instance needs to name it.
        client = botocore.session.Session().create_client(
            "lambda", region_name=function.split(":")[3], config=_TIMEOUTS
        )
        found = _settled(client, function)
        _check_runtime(found["Runtime"])
        is_new: bool = found["CodeSha256"] != digest
        if is_new:
            client.update_function_code(FunctionName=function, ZipFile=package)
            if _settled(client, function)["CodeSha256"] != digest:
                raise NotDeployed("Lambda holds other code than was sent")
        _start(client, function)
    return is_new


def _settled(client: BaseClient, function: str) -> dict[str, Any]:
    """The function's settings once no change is under way; refuses one that failed."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        found: dict[str, Any] = client.get_function_configuration(FunctionName=function)
        status = found["LastUpdateStatus"]
        if status == "Successful" and found["State"] != "Pending":
            return found
        if "Failed" in (status, found["State"]):
            raise NotDeployed(f"the last change failed: {found.get('LastUpdateStatusReason')}")
        if time.monotonic() > deadline:
            raise NotDeployed(f"a change is under way for {LONGEST_SECONDS:.0f} s")
        time.sleep(ASK_EVERY_SECONDS)


def _start(client: BaseClient, function: str) -> None:
    """Call it with no messages: what it cannot load, or read in its settings, shows here."""
    answer = client.invoke(FunctionName=function, Payload=b'{"Records": []}')
    if "FunctionError" in answer:
        said = json.loads(answer["Payload"].read())
        raise NotDeployed(f"it does not start: {said.get('errorMessage')}; its log says more")


def _check_runtime(runtime: str) -> None:
    name, _, minor = runtime.partition("3.")
    if name != "python" or not minor.isdigit() or int(minor) < OLDEST_PYTHON:
        raise NotDeployed(f"its runtime is {runtime}, and the code wants python3.{OLDEST_PYTHON}")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except ClientError as refusal:
        said = refusal.response["Error"]
        raise NotDeployed(f"{said.get('Code')}: {said.get('Message')}") from refusal
    except BotoCoreError as fault:
        raise NotDeployed(str(fault)) from fault
