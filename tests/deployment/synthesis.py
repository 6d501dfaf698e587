"""Reads `.ebextensions` strictly and builds the CloudFormation template that it asks for.

Elastic Beanstalk drops a repeated key without a word and may ignore a file it cannot read; here
both are refused. The rest follows its documentation: only an account can show what it really does.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Tree = dict[str, Any]

CUSTOM_OPTIONS = "aws:elasticbeanstalk:customoption"
ENVIRONMENT = "aws:elasticbeanstalk:application:environment"

# Conditions, Transform and Rules are CloudFormation's, but documented nowhere for .ebextensions.
RESOURCE_SECTIONS = ("Resources", "Parameters", "Mappings", "Outputs")
SECTIONS = frozenset(
    {
        *RESOURCE_SECTIONS,
        "option_settings",
        *("packages", "groups", "users", "sources", "files"),
        *("commands", "services", "container_commands"),
    }
)
FUNCTIONS = frozenset({"Ref", "Fn::GetAtt", "Fn::Join", "Fn::FindInMap", "Fn::GetOptionSetting"})

# What Elastic Beanstalk itself puts into the stack, as far as our files speak of it. `Ref` of an
# environment is its name, which is what `Ref: AWSEBEnvironmentName` gives.
STUBS: Tree = {
    "AWSEBSecurityGroup": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "Made by Elastic Beanstalk"},
    },
    "AWSEBEnvironmentName": {
        "Type": "AWS::ElasticBeanstalk::Environment",
        "Properties": {"ApplicationName": "andon"},
    },
}


class Refused(Exception):
    """A configuration file that Elastic Beanstalk would misread, drop or fail on."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class Unreadable(Refused):
    pass


class DuplicateKey(Refused):
    pass


class ShortTag(Refused):
    pass


class UnknownSection(Refused):
    pass


class UndocumentedFunction(Refused):
    pass


class DefinedTwice(Refused):
    pass


class OptionUnset(Refused):
    pass


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the files ask for: a template, and what the application will find in its environment.

    A property is text, or the function that makes the text.
    """

    template: Tree
    properties: Tree

    def of_type(self, kind: str) -> dict[str, Tree]:
        """The properties of each resource of that type, by logical name."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }


def load(path: Path) -> Tree:
    """The sections of one file, or a refusal that names the file and the line."""
    loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise Unreadable(path.name, "holds no sections")
        _inspect(root, path.name)
        for key, content in root.value:
            _inspect_section(key, content, path.name)
        sections: Tree = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(f"{path.name}:{_line(error.problem_mark)}", str(error.problem)) from error
    finally:
        loader.dispose()
    return sections


def _line(mark: yaml.Mark | None) -> int:
    return mark.line + 1 if mark else 0


def _inspect_section(key: yaml.Node, content: yaml.Node, file: str) -> None:
    where = f"{file}:{_line(key.start_mark)}"
    if key.value not in SECTIONS:
        raise UnknownSection(where, f"{key.value} is no section of .ebextensions")
    if not isinstance(content, yaml.MappingNode):
        # option_settings may also be a list; ours are not, so that a repeated key shows.
        raise Unreadable(where, f"{key.value} must be a mapping")


def _inspect(node: yaml.Node, file: str) -> None:
    """Refuse what a lenient reader would take, wherever it stands below the node."""
    if node.tag.startswith("!"):
        where = f"{file}:{_line(node.start_mark)}"
        raise ShortTag(where, f"{node.tag} is not evaluated in .ebextensions; write it in full")
    if isinstance(node, yaml.MappingNode):
        _inspect_keys([key for key, _ in node.value], file)
        for _, value in node.value:
            _inspect(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _inspect(value, file)


def _inspect_keys(keys: list[yaml.Node], file: str) -> None:
    seen: set[str] = set()
    for key in keys:
        where = f"{file}:{_line(key.start_mark)}"
        if key.value in seen:
            raise DuplicateKey(where, f"{key.value} is given twice; the first is dropped silently")
        if str(key.value).startswith("Fn::") and key.value not in FUNCTIONS:
            raise UndocumentedFunction(where, f"{key.value} is not known to work in .ebextensions")
        seen.add(key.value)


def synthesise(files: Iterable[Path], *, chosen: Tree | None = None) -> Deployment:
    """The template and the environment properties that the files make together.

    `chosen` are option settings made on the environment itself: they win over the files.
    """
    sections = _merged(sorted(files, key=lambda path: path.name))
    settings: Tree = sections.pop("option_settings", {})
    _choose(settings, chosen or {})
    template: Tree = {
        name: resolve(sections[name], settings) for name in RESOURCE_SECTIONS if name in sections
    }
    template["Resources"] = STUBS | template.get("Resources", {})
    properties = {
        name: resolve(expression(name, value), settings)
        for name, value in settings.get(ENVIRONMENT, {}).items()
    }
    # cfn-lint checks the targets of a function only where CloudFormation would see it.
    template["Outputs"] = template.get("Outputs", {}) | {
        "Property" + re.sub(r"\W|_", "", name): {"Value": value}
        for name, value in properties.items()
        if isinstance(value, dict)
    }
    return Deployment(template, properties)


def _merged(files: Iterable[Path]) -> Tree:
    """All files as one; of an option set in two files the alphabetically later holds."""
    together: Tree = {}
    for path in files:
        for section, content in load(path).items():
            so_far = together.setdefault(section, {})
            if section == "option_settings":
                _choose(so_far, content)
                continue
            for name in so_far.keys() & content.keys():
                raise DefinedTwice(path.name, f"{section} {name} stands in another file already")
            so_far.update(content)
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
    # JSON is YAML, so the strict reading of a file is had for the asking.
    if node := yaml.compose(function[1], Loader=yaml.SafeLoader):
        _inspect(node, name)
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
