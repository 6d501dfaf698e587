"""AWS's query protocol: a form comes in, XML goes out, and a refusal has a shape of its own."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

Tree = dict[str, Any]

UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Refusal(Exception):
    """An answer in the service's error shape; the client goes by `code` and `status`."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: for which region, under which id, and with what."""

    region: str
    request_id: str
    parameters: Tree

    def text(self, name: str) -> str:
        """A parameter that must be there, or the refusal that AWS gives."""
        value = self.parameters.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal("ValidationError", f"{name} is required")
        return value

    def optional(self, name: str) -> str:
        """A parameter that may be left out; empty where it is."""
        value = self.parameters.get(name, "")
        if not isinstance(value, str):
            raise Refusal("ValidationError", f"{name} is no text")
        return value

    def members(self, name: str) -> list[Any]:
        """The members of a list; an empty list comes as an empty text."""
        value = self.parameters.get(name) or []
        if not isinstance(value, list):
            raise Refusal("ValidationError", f"{name} is no list")
        return value


Action = Callable[[Asked], Tree]


def parse(form: Mapping[str, str]) -> Tree:
    """The tree that `Name.member.1.Field=value` spells; a list is in the order of its numbers."""
    root: Tree = {}
    for name, value in form.items():
        *steps, last = name.split(".")
        node = root
        for step in steps:
            node = node.setdefault(step, {})
            if not isinstance(node, dict):
                raise Refusal("MalformedQueryString", f"{name} is both a value and a structure")
        if isinstance(node.get(last), dict):
            raise Refusal("MalformedQueryString", f"{name} is both a value and a structure")
        node[last] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(node: Any) -> Any:  # noqa: ANN401 # text, structure or list, by what was sent
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"} and isinstance(node["member"], dict):
        numbered = node["member"]
        if not all(number.isdecimal() for number in numbered):
            raise Refusal("MalformedQueryString", "a member of a list has no number")
        return [_with_lists(numbered[number]) for number in sorted(numbered, key=int)]
    return {name: _with_lists(value) for name, value in node.items()}


def answer(action: str, result: Tree, *, namespace: str, request_id: str) -> bytes:
    """What the service says when it did as asked; what is None is left out."""
    root = ET.Element(f"{action}Response", xmlns=namespace)
    write(root, f"{action}Result", result)
    write(root, "ResponseMetadata", {"RequestId": request_id})
    return ET.tostring(root)


def refusal(refused: Refusal, *, namespace: str, request_id: str) -> bytes:
    """What the service says when it does not."""
    root = ET.Element("ErrorResponse", xmlns=namespace)
    said = {"Type": "Sender", "Code": refused.code, "Message": str(refused)}
    write(root, "Error", said)
    write(root, "RequestId", request_id)
    return ET.tostring(root)


def write(parent: ET.Element, name: str, value: Any) -> None:  # noqa: ANN401 # see `_text`
    """Put a value under its name: a structure by its fields, a list by `member`s."""
    if value is None:
        return
    element = ET.SubElement(parent, name)
    if isinstance(value, Mapping):
        for field, inner in value.items():
            write(element, field, inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            write(element, "member", inner)
    else:
        element.text = _text(value)


def _text(value: str | bool | float | datetime) -> str:  # noqa: FBT001 # a value, not a switch
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    # An event repeats what programs print, colours included, which XML has no way to write.
    return UNWRITABLE.sub("", str(value))
