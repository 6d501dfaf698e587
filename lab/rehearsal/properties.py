"""What the functions in `.ebextensions` become once their resources exist."""

from collections.abc import Mapping

from lab.deploycheck.synthesis import Deployment

# Holds a text, which other resources are told by its name.
PARAMETER = "AWS::SSM::Parameter"


class Unplayed(Exception):
    """A function or a resource that the rehearsal has nothing for."""


# Of each resource: what `Ref` gives, under "", and what `Fn::GetAtt` gives, by attribute.
Outcomes = Mapping[str, Mapping[str, str]]


def properties(deployment: Deployment, outcomes: Outcomes) -> dict[str, str]:
    """Every property and every secret that the files set, as the application is given it."""
    asked = deployment.properties | deployment.secrets
    kept = {
        name: {"Value": _text(wanted["Value"], outcomes)}
        for name, wanted in deployment.of_type(PARAMETER).items()
    }
    return {name: _text(value, {**outcomes, **kept}) for name, value in asked.items()}


def _text(value: object, outcomes: Outcomes) -> str:
    match value:
        case {"Ref": str(name)}:
            return _outcome(outcomes, name, "")
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return _outcome(outcomes, name, attribute)
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(_text(part, outcomes) for part in parts)
        case dict() | list():
            raise Unplayed(f"the rehearsal cannot evaluate {value}")
    return str(value)


def _outcome(outcomes: Outcomes, name: str, attribute: str) -> str:
    try:
        return outcomes[name][attribute]
    except KeyError:
        raise Unplayed(f"the rehearsal has no {name} {attribute}".rstrip()) from None
