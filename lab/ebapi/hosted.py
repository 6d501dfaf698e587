"""Environments as the API shows them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lab.ebapi import platforms
from lab.ebapi.applications import ACCOUNT
from lab.ebapi.query import Asked, Refusal, Tree
from lab.ebapi.settings import Options

HEALTH = {"Green": "Ok", "Red": "Degraded", "Grey": "Info"}


@dataclass(slots=True)
class Hosted:
    """An environment as the API shows it."""

    name: str
    id: str
    application: str
    region: str
    description: str
    platform: str
    version: str
    cname: str
    created_at: datetime
    updated_at: datetime
    direct: Options = field(default_factory=dict)
    files: Options = field(default_factory=dict)
    status: str = "Launching"
    color: str = "Grey"
    causes: list[str] = field(default_factory=list)


class Fleet:
    """All environments there were. Who looks at one to change it holds the lock."""

    def __init__(self) -> None:
        self.all: list[Hosted] = []
        self.lock = threading.Lock()

    def alive(self) -> Iterator[Hosted]:
        return (hosted for hosted in self.all if hosted.status != "Terminated")

    def find(self, asked: Asked) -> Hosted:
        """The one that the request names, or the refusal that AWS gives."""
        name = asked.text("EnvironmentName")
        for hosted in self.alive():
            if hosted.name == name:
                return hosted
        raise Refusal(
            "InvalidParameterValue", f"No Environment found for EnvironmentName = '{name}'."
        )

    def find_ready(self, asked: Asked) -> Hosted:
        """As `find`, and nothing is under way there."""
        hosted = self.find(asked)
        if hosted.status != "Ready":
            raise Refusal(
                "InvalidParameterValue",
                f"Environment named {hosted.name} is in an invalid state for this operation. "
                "Must be Ready.",
            )
        return hosted


def cname(prefix: str, region: str) -> str:
    return f"{prefix}.{region}.elasticbeanstalk.com"


def shown(hosted: Hosted) -> Tree:
    return {
        "EnvironmentName": hosted.name,
        "EnvironmentId": hosted.id,
        "EnvironmentArn": f"arn:aws:elasticbeanstalk:{hosted.region}:{ACCOUNT}:environment/"
        f"{hosted.application}/{hosted.name}",
        "ApplicationName": hosted.application,
        "VersionLabel": hosted.version,
        "SolutionStackName": platforms.STACK,
        "PlatformArn": hosted.platform,
        "Description": hosted.description,
        "CNAME": hosted.cname,
        "DateCreated": hosted.created_at,
        "DateUpdated": hosted.updated_at,
        "Status": hosted.status,
        "AbortableOperationInProgress": False,
        "Health": hosted.color,
        "HealthStatus": HEALTH[hosted.color],
        "Tier": {"Name": "WebServer", "Type": "Standard", "Version": "1.0"},
    }
