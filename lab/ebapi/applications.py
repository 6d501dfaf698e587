"""Applications and their versions: a label for each bundle that was uploaded."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lab.ebapi.query import Action, Asked, Refusal, Tree
from lab.ebapi.storage import Storage

ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Version:
    """A bundle under its label."""

    label: str
    description: str
    bucket: str
    key: str
    created_at: datetime


@dataclass(slots=True)
class Application:
    name: str
    description: str
    created_at: datetime
    versions: dict[str, Version] = field(default_factory=dict)


class Applications:
    """The applications of the account."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._applications: dict[str, Application] = {}

    def actions(self) -> dict[str, Action]:
        return {
            "CreateApplication": self._create,
            "DescribeApplications": self._describe,
            "CreateStorageLocation": self._create_storage,
            "CreateApplicationVersion": self._create_version,
            "DescribeApplicationVersions": self._describe_versions,
        }

    def find(self, name: str) -> Application:
        if name not in self._applications:
            raise Refusal("InvalidParameterValue", f"No Application named '{name}' found.")
        return self._applications[name]

    def bundle(self, application: str, label: str) -> Path:
        """The zip that was uploaded as this version."""
        version = self.find(application).versions.get(label)
        if version is None:
            raise Refusal("InvalidParameterValue", f"No Application Version named '{label}' found.")
        return self._storage.find(version.bucket, version.key)

    def _create(self, asked: Asked) -> Tree:
        name = asked.text("ApplicationName")
        if name in self._applications:
            raise Refusal("InvalidParameterValue", f"Application {name} already exists.")
        description = asked.optional("Description")
        self._applications[name] = Application(name, description, datetime.now(UTC))
        return {"Application": _shown(self._applications[name])}

    def _describe(self, asked: Asked) -> Tree:
        wanted = asked.members("ApplicationNames") or list(self._applications)
        found = [self._applications[name] for name in wanted if name in self._applications]
        return {"Applications": [_shown(application) for application in found]}

    def _create_storage(self, asked: Asked) -> Tree:
        return {"S3Bucket": self._storage.make(f"elasticbeanstalk-{asked.region}-{ACCOUNT}")}

    def _create_version(self, asked: Asked) -> Tree:
        application = self.find(asked.text("ApplicationName"))
        label = asked.text("VersionLabel")
        if label in application.versions:
            raise Refusal("InvalidParameterValue", f"Application Version {label} already exists.")
        source = asked.parameters.get("SourceBundle")
        if not isinstance(source, dict):
            raise Refusal("ValidationError", "SourceBundle is required")
        bucket, key = source.get("S3Bucket", ""), source.get("S3Key", "")
        self._storage.find(bucket, key)
        description = asked.optional("Description")
        version = Version(label, description, bucket, key, datetime.now(UTC))
        application.versions[label] = version
        return {"ApplicationVersion": _version_shown(application, version)}

    def _describe_versions(self, asked: Asked) -> Tree:
        application = self.find(asked.text("ApplicationName"))
        wanted = asked.members("VersionLabels") or list(application.versions)
        found = [application.versions[each] for each in wanted if each in application.versions]
        return {"ApplicationVersions": [_version_shown(application, each) for each in found]}


def _shown(application: Application) -> Tree:
    return {
        "ApplicationName": application.name,
        "Description": application.description,
        "DateCreated": application.created_at,
        "DateUpdated": application.created_at,
        "Versions": list(application.versions),
        "ConfigurationTemplates": [],
    }


def _version_shown(application: Application, version: Version) -> Tree:
    return {
        "ApplicationName": application.name,
        "VersionLabel": version.label,
        "Description": version.description,
        "SourceBundle": {"S3Bucket": version.bucket, "S3Key": version.key},
        "DateCreated": version.created_at,
        "DateUpdated": version.created_at,
        "Status": "UNPROCESSED",
    }
