"""What an update would replace or delete, compared with what the last release has deployed.

Which property makes which type new is CloudFormation's own word, in the schemas that cfn-lint
carries. A resource that is replaced changes its name, so whoever is bound to it for life is
replaced as well.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from lab.deploycheck.rules.reading import DATABASE, GROUP, NODES, SERVERLESS, references
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment, of_texts

# What holds something that a new one would not.
STATEFUL = {GROUP, NODES, SERVERLESS, DATABASE, "AWS::SecretsManager::Secret"}
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource."""

    name: str
    kind: str
    what: str  # added, changed, may be replaced, replaced, deleted
    properties: tuple[str, ...] = ()

    @property
    def loses(self) -> bool:
        """Whether what the resource holds would be gone, or left behind with nobody using it."""
        return self.kind in STATEFUL and self.what in ("replaced", "may be replaced", "deleted")


def last_release(root: Path) -> str | None:
    """The newest tag that HEAD descends from, or None before the first release."""
    found = _git(root, "describe", "--tags", "--abbrev=0")
    return found.strip() or None if found is not None else None


def released(root: Path, commit: str, *, chosen: Tree) -> Deployment | None:
    """What a commit asks for, or None where there is no such commit, or nothing in it."""
    listing = _git(root, "ls-tree", "--name-only", commit, ".ebextensions/")
    names = [name for name in (listing or "").splitlines() if name.endswith(".config")]
    if not names:
        return None
    texts = {Path(name).name: _git(root, "show", f"{commit}:{name}") or "" for name in names}
    return of_texts(texts, chosen=chosen)


def compare(before: Deployment, after: Deployment) -> list[Change]:
    """What CloudFormation would do to bring the one to the other, by name."""
    old, new = before.ours(), after.ours()
    found = {change.name: change for change in _direct(old, new)}
    while more := {change.name: change for change in _carried(old, new, found)}:
        found |= more
    return [found[name] for name in sorted(found)]


def _direct(old: Tree, new: Tree) -> Iterator[Change]:
    for name in old.keys() | new.keys():
        if name not in new:
            yield Change(name, old[name]["Type"], "deleted")
        elif name not in old:
            yield Change(name, new[name]["Type"], "added")
        elif old[name]["Type"] != new[name]["Type"]:
            yield Change(name, new[name]["Type"], "replaced", ("Type",))
        elif differing := _differing(old[name], new[name]):
            yield Change(name, new[name]["Type"], _effect(new[name], differing), differing)


def _differing(old: Tree, new: Tree) -> tuple[str, ...]:
    before, after = old.get("Properties", {}), new.get("Properties", {})
    return tuple(
        name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)
    )


def _carried(old: Tree, new: Tree, found: dict[str, Change]) -> Iterator[Change]:
    """Those that are bound for life to one that becomes new."""
    renewed = {name for name, change in found.items() if change.what == "replaced"}
    for name in (old.keys() & new.keys()) - renewed:
        for property_ in sorted(_bound(new[name]["Type"], "createOnlyProperties")):
            value = new[name].get("Properties", {}).get(property_)
            if references(value) & renewed:
                yield Change(name, new[name]["Type"], "replaced", (property_,))
                break


def _effect(resource: Tree, differing: tuple[str, ...]) -> str:
    if _bound(resource["Type"], "createOnlyProperties") & set(differing):
        return "replaced"
    if _bound(resource["Type"], "conditionalCreateOnlyProperties") & set(differing):
        return "may be replaced"
    return "changed"


def _bound(kind: str, how: str) -> set[str]:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return {pointer.split("/")[2] for pointer in schema.get(how, [])}


def _git(root: Path, *words: str) -> str | None:
    """What git says, or None where it refuses."""
    ran = subprocess.run(
        ["git", *words],  # noqa: S607 # whichever git is in use here
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return None if ran.returncode else ran.stdout
