"""cfn-lint over the synthesised template; what it calls a warning or information counts too."""

import functools
import json
from dataclasses import dataclass

from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.runner import Runner

from lab.deploycheck.strict import Tree

# It would rather have Fn::Sub, which .ebextensions does not document.
EXCUSED = {"I1022"}


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    subject: str
    why: str


@functools.cache
def _linter() -> Runner:
    """One for the process: its rules take a second to load, a template then 30 ms."""
    # The empty list keeps it from reading the program's own command line. Information counts too:
    # that a stateful resource lacks its policies (I3011) is no more than information.
    return Runner(ConfigMixIn([], include_checks=["I"], regions=["us-east-1"]))


def lint(template: Tree) -> list[Finding]:
    """Everything it has to say about the template, but what is excused above."""
    decoded, errors = decode_str(json.dumps(template))
    found = errors or _linter().validate_template(decoded)
    return [
        Finding(match.rule.id, _subject(match.path or []), match.message)
        for match in found
        if match.rule.id not in EXCUSED
    ]


def _subject(path: list[object]) -> str:
    """The resource or output that the finding is about."""
    return str(path[1]) if len(path) > 1 else "template"
