"""Reads a file of `.ebextensions` strictly: whatever would be dropped or misread is refused.

Elastic Beanstalk drops a repeated key without a word and may ignore a file it cannot read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Tree = dict[str, Any]

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
class Read:
    """The sections of a file, and the file and line of each name that stands in them.

    A resource and an option are known by their own name, an option's namespace by its.
    """

    sections: Tree
    places: dict[str, str]


def load(path: Path) -> Tree:
    """The sections of one file, or a refusal that names the file and the line."""
    return read(path.read_text(encoding="utf-8"), path.name).sections


def read(text: str, file: str) -> Read:
    """What the text of a file holds, or a refusal that names the file and the line."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise Unreadable(file, "holds no sections")
        _inspect(root, file)
        for key, content in root.value:
            _inspect_section(key, content, file)
        sections: Tree = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(f"{file}:{_line(error.problem_mark)}", str(error.problem)) from error
    except yaml.YAMLError as error:
        raise Unreadable(file, str(error)) from error
    finally:
        loader.dispose()
    return Read(sections, _places(root, file))


def read_expression(text: str, name: str) -> None:
    """Refuse in a property's JSON what would be refused in a file; JSON is YAML."""
    if node := yaml.compose(text, Loader=yaml.SafeLoader):
        _inspect(node, name)


def _places(root: yaml.MappingNode, file: str) -> dict[str, str]:
    places = {}
    for section, content in root.value:
        for key, value in content.value:
            places[str(key.value)] = f"{file}:{_line(key.start_mark)}"
            if section.value == "option_settings" and isinstance(value, yaml.MappingNode):
                for option, _ in value.value:
                    places[str(option.value)] = f"{file}:{_line(option.start_mark)}"
    return places


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
