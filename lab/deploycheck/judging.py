"""Judges one set of files by every rule there is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.deploycheck import rules
from lab.deploycheck.lint import lint
from lab.deploycheck.rules.cache import with_single_nodes
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import CUSTOM_OPTIONS, Deployment, synthesise

# What stands for the choices that only the engineer can make.
SUBNETS = {"CacheSubnetA": "subnet-0a1b2c3d4e5f60718", "CacheSubnetB": "subnet-0b1c2d3e4f5061728"}


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """What is wrong: which rule says so, of what, and where that stands."""

    rule: str
    subject: str
    why: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.subject} {self.why} ({self.rule})"


def placeholders(chosen: Tree) -> Tree:
    """The settings, and subnets where none are chosen, so that all else can be judged."""
    return chosen | {CUSTOM_OPTIONS: SUBNETS | chosen.get(CUSTOM_OPTIONS, {})}


def deployed(files: Iterable[Path], *, chosen: Tree | None = None) -> Deployment:
    """What the files ask for, or `Refused`. Subnets chosen in a file win over placeholders."""
    paths = list(files)
    own = synthesise(paths, chosen=chosen).settings.get(CUSTOM_OPTIONS, {})
    return synthesise(paths, chosen=placeholders({CUSTOM_OPTIONS: own}))


def judge(deployment: Deployment) -> list[Complaint]:
    """Everything that our rules and cfn-lint have to say."""
    return sorted({*by_our_rules(deployment), *by_cfn_lint(deployment)})


def by_our_rules(deployment: Deployment) -> Iterator[Complaint]:
    for name, rule in rules.ALL.items():
        for subject, why in rule(deployment):
            yield Complaint(name, subject, why, deployment.places.get(subject, ""))


def by_cfn_lint(deployment: Deployment) -> Iterator[Complaint]:
    for finding in lint(with_single_nodes(deployment)):
        place = deployment.places.get(finding.subject, "")
        yield Complaint(finding.rule, finding.subject, finding.why, place)
