"""What shows an environment, and changes nothing."""

from datetime import UTC, datetime

from lab.ebapi import settings
from lab.ebapi.events import Events
from lab.ebapi.hosted import HEALTH, Fleet, cname, shown
from lab.ebapi.query import Action, Asked, Refusal, Tree

COUNTED = ("NoData", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe")


class Views:
    """The environments, their settings, their health and what was said of them."""

    def __init__(self, fleet: Fleet, events: Events) -> None:
        self._fleet = fleet
        self._events = events

    def actions(self) -> dict[str, Action]:
        return {
            "CheckDNSAvailability": self._check_name,
            "DescribeEnvironments": self._describe,
            "DescribeEvents": self._describe_events,
            "DescribeConfigurationSettings": self._describe_settings,
            "DescribeEnvironmentHealth": self._describe_health,
            "DescribeInstancesHealth": self._describe_instances,
        }

    def _check_name(self, asked: Asked) -> Tree:
        wanted = cname(asked.text("CNAMEPrefix"), asked.region)
        taken = any(hosted.cname == wanted for hosted in self._fleet.alive())
        return {"Available": not taken, "FullyQualifiedCNAME": wanted}

    def _describe(self, asked: Asked) -> Tree:
        names, ids = asked.members("EnvironmentNames"), asked.members("EnvironmentIds")
        application = asked.optional("ApplicationName")
        gone = asked.optional("IncludeDeleted") == "true"
        return {
            "Environments": [
                shown(hosted)
                for hosted in (self._fleet.all if gone else self._fleet.alive())
                if (not names or hosted.name in names)
                and (not ids or hosted.id in ids)
                and application in ("", hosted.application)
            ]
        }

    def _describe_events(self, asked: Asked) -> Tree:
        fields = {
            "ApplicationName": "application",
            "EnvironmentName": "environment",
            "RequestId": "request_id",
        }
        wanted = {field: value for name, field in fields.items() if (value := asked.optional(name))}
        since = _moment(asked.optional("StartTime"))
        return {"Events": [event.shown() for event in self._events.since(since, **wanted)]}

    def _describe_settings(self, asked: Asked) -> Tree:
        hosted = self._fleet.find(asked)
        options = settings.DEFAULTS | hosted.files | hosted.direct
        fields = ("ApplicationName", "EnvironmentName", "PlatformArn", "Tier")
        all_of_it = shown(hosted)
        about = {name: all_of_it[name] for name in fields}
        return {"ConfigurationSettings": [about | {"OptionSettings": settings.as_members(options)}]}

    def _describe_health(self, asked: Asked) -> Tree:
        hosted = self._fleet.find(asked)
        return {
            "EnvironmentName": hosted.name,
            "HealthStatus": HEALTH[hosted.color],
            "Status": hosted.status,
            "Color": hosted.color,
            "Causes": hosted.causes,
            "InstancesHealth": dict.fromkeys(COUNTED, 0),
            "RefreshedAt": datetime.now(UTC),
        }

    def _describe_instances(self, asked: Asked) -> Tree:
        self._fleet.find(asked)
        return {"InstanceHealthList": [], "RefreshedAt": datetime.now(UTC)}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as fault:
        raise Refusal("ValidationError", f"{text} is no time") from fault
