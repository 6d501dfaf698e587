"""Asks the stand-in as botocore does, which knows what AWS's answers look like."""

import io
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.ebapi import platforms
from lab.ebapi.environment import Say

NAME = "andon-test"
PROPERTY = "aws:elasticbeanstalk:application:environment"
SOME = f'option_settings:\n  {PROPERTY}:\n    A: file\n    B: \'`{{"Ref": "Cache"}}`\'\n'


# botocore makes its clients' classes as it goes.
Boto = Any
Ask = Callable[[str], Boto]


class Played:
    """An environment that waits until it may go on, and fails or breaks as told."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.failing: Exception | None = None
        self.done: list[tuple[str, object]] = []

    def create(self, bundle: Path, settings: Mapping[str, str], say: Say) -> None:
        self._work("created", dict(settings), say)

    def deploy(self, bundle: Path, say: Say) -> None:
        self._work("deployed", zipfile.ZipFile(bundle).namelist(), say)

    def terminate(self, say: Say) -> None:
        self._work("terminated", None, say)

    def _work(self, done: str, about: object, say: Say) -> None:
        say("\x1b[1mat it\x1b[0m")
        self.may_go_on.wait()
        if self.failing:
            raise self.failing
        self.done.append((done, about))


class Configurable(Played):
    def configure(self, settings: Mapping[str, str], say: Say) -> None:
        self._work("configured", dict(settings), say)


def packed(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def upload(ask: Ask, label: str, content: bytes = packed(Procfile="web: true")) -> None:
    beanstalk = ask("elasticbeanstalk")
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    ask("s3").put_object(Bucket=bucket, Key=f"andon/{label}.zip", Body=content)
    beanstalk.create_application_version(
        ApplicationName="andon",
        VersionLabel=label,
        SourceBundle={"S3Bucket": bucket, "S3Key": f"andon/{label}.zip"},
    )


def option(name: str, value: str) -> dict[str, str]:
    return {"Namespace": PROPERTY, "OptionName": name, "Value": value}


def create(ask: Ask, *options: dict[str, str]) -> str:
    answer = ask("elasticbeanstalk").create_environment(
        ApplicationName="andon",
        EnvironmentName=NAME,
        VersionLabel="v1",
        SolutionStackName=platforms.STACK,
        OptionSettings=list(options),
    )
    return str(answer["ResponseMetadata"]["RequestId"])


def shown(beanstalk: Boto) -> dict[str, Any]:
    (environment,) = beanstalk.describe_environments(EnvironmentNames=[NAME])["Environments"]
    return dict(environment)


def properties(beanstalk: Boto) -> dict[str, str]:
    (found,) = beanstalk.describe_configuration_settings(
        ApplicationName="andon", EnvironmentName=NAME
    )["ConfigurationSettings"]
    return {
        each["OptionName"]: each["Value"]
        for each in found["OptionSettings"]
        if each["Namespace"] == PROPERTY
    }


def messages(beanstalk: Boto, request_id: str) -> list[str]:
    events = beanstalk.describe_events(RequestId=request_id)["Events"]
    return [f"{event['Severity']} {event['Message']}" for event in reversed(events)]


def deploy(beanstalk: Boto, label: str) -> str:
    answer = beanstalk.update_environment(EnvironmentName=NAME, VersionLabel=label)
    return str(answer["ResponseMetadata"]["RequestId"])


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]
