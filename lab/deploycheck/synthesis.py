"""Builds the CloudFormation template that `.ebextensions` asks for, as Elastic Beanstalk would.

It follows the documentation: only an account can show what Elastic Beanstalk really does.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.deploycheck.strict import (
    RESOURCE_SECTIONS,
    DefinedTwice,
    OptionUnset,
    Tree,
    Unreadable,
    read,
    read_expression,
)

CUSTOM_OPTIONS = "aws:elasticbeanstalk:customoption"
ENVIRONMENT = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"

# What Elastic Beanstalk itself puts into the stack, as far as our files speak of it. `Ref` of an
# environment is its name, which is what `Ref: AWSEBEnvironmentName` gives.
STUBS: Tree = {
    "AWSEBSecurityGroup": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "Made by Elastic Beanstalk"},
    },
    "AWSEBV2LoadBalancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Subnets": ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"]},
    },
    "AWSEBEnvironmentName": {
        "Type": "AWS::ElasticBeanstalk::Environment",
        "Properties": {"ApplicationName": "andon"},
    },
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the files ask for: a template, and what the application will find in its environment.

    A property or a secret is text, or the function that makes the text. Of a secret it is the ARN.
    """

    template: Tree
    properties: Tree
    secrets: Tree
    settings: Tree
    commands: Tree
    files: Tree
    places: dict[str, str]

    def of_type(self, kind: str) -> dict[str, Tree]:
        """The properties of each resource of that type, by logical name."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }

    def ours(self) -> dict[str, Tree]:
        """The resources of our files, without those Elastic Beanstalk makes by itself."""
        resources: Tree = self.template["Resources"]
        return {name: resource for name, resource in resources.items() if name not in STUBS}


def synthesise(files: Iterable[Path], *, chosen: Tree | None = None) -> Deployment:
    """The template and the environment properties that the files make together.

    `chosen` are option settings made on the environment itself: they win over the files.
    """
    return of_texts({path.name: path.read_text(encoding="utf-8") for path in files}, chosen=chosen)


def of_texts(texts: Mapping[str, str], *, chosen: Tree | None = None) -> Deployment:
    """As `synthesise`, of files that are not on the disk but in a commit."""
    places: dict[str, str] = {}
    sections = _merged(texts, places)
    settings: Tree = sections.pop("option_settings", {})
    _choose(settings, chosen or {})
    template: Tree = {
        name: resolve(sections[name], settings) for name in RESOURCE_SECTIONS if name in sections
    }
    template["Resources"] = STUBS | template.get("Resources", {})
    properties, secrets = (
        {
            name: resolve(expression(name, value), settings)
            for name, value in settings.get(namespace, {}).items()
        }
        for namespace in (ENVIRONMENT, SECRETS)
    )
    # cfn-lint checks the targets of a function only where CloudFormation would see it.
    template["Outputs"] = template.get("Outputs", {}) | {
        "Property" + re.sub(r"\W|_", "", name): {"Value": value}
        for name, value in (properties | secrets).items()
        if isinstance(value, dict)
    }
    commands, written = (sections.get(name, {}) for name in ("container_commands", "files"))
    return Deployment(template, properties, secrets, settings, commands, written, places)


def _merged(texts: Mapping[str, str], places: dict[str, str]) -> Tree:
    """All files as one; of an option set in two files the alphabetically later holds."""
    together: Tree = {}
    for file in sorted(texts):
        found = read(texts[file], file)
        for section, content in found.sections.items():
            so_far = together.setdefault(section, {})
            if section == "option_settings":
                _choose(so_far, content)
                continue
            for name in so_far.keys() & content.keys():
                raise DefinedTwice(
                    file,
                    f"{section} {name} stands at {places[name]} already: one of the files goes",
                )
            so_far.update(content)
        places |= found.places
    return together


def _choose(settings: Tree, chosen: Tree) -> None:
    for namespace, options in chosen.items():
        settings.setdefault(namespace, {}).update(options)


def resolve(value: object, settings: Tree) -> object:
    """The same value with every `Fn::GetOptionSetting` answered from the settings."""
    if isinstance(value, list):
        return [resolve(item, settings) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::GetOptionSetting"}:
        return resolve(_setting(value["Fn::GetOptionSetting"], settings), settings)
    return {name: resolve(item, settings) for name, item in value.items()}


def _setting(asked: Tree, settings: Tree) -> object:
    options = settings.get(asked.get("Namespace", CUSTOM_OPTIONS), {})
    if asked["OptionName"] in options:
        return options[asked["OptionName"]]
    if "DefaultValue" not in asked:
        raise OptionUnset(asked["OptionName"], "has neither a value nor a default")
    return asked["DefaultValue"]


def expression(name: str, value: object) -> object:
    """The function in a backticked property, or the property's text as it stands."""
    text = str(value)
    if "`" not in text:
        return text
    # Backticks inside other text are documented for `files`, not for option settings.
    function = re.fullmatch(r"`([^`]+)`", text)
    if not function:
        raise Unreadable(name, "a property is one function in backticks, or plain text")
    try:
        function_tree: Tree = json.loads(function[1])
    except json.JSONDecodeError as error:
        raise Unreadable(name, f"the backticks hold no JSON: {error}") from error
    read_expression(function[1], name)
    return function_tree


def custom_options(value: object) -> Iterator[tuple[str, object]]:
    """Each custom option asked for below the value, with its default (or None)."""
    if isinstance(value, list):
        for item in value:
            yield from custom_options(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "Fn::GetOptionSetting" and "Namespace" not in item:
                yield item["OptionName"], item.get("DefaultValue")
            else:
                yield from custom_options(item)
