"""Options by namespace and name: what a request sets, and what the files of a bundle set."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.deploycheck.strict import read
from lab.deploycheck.synthesis import ENVIRONMENT
from lab.ebapi.query import Refusal, Tree

Options = dict[tuple[str, str], str]

# `eb terminate` dies over a balancer of which it is not told whether it is shared.
DEFAULTS: Options = {("aws:elasticbeanstalk:environment", "LoadBalancerIsShared"): "false"}


def of_members(members: Iterable[Mapping[str, str]]) -> Options:
    """The options of a request; those to be removed have no value."""
    try:
        return {
            (member["Namespace"], member["OptionName"]): member.get("Value", "")
            for member in members
        }
    except (KeyError, TypeError) as fault:
        raise Refusal("ValidationError", "an option has a Namespace and an OptionName") from fault


def as_members(options: Options) -> list[Tree]:
    return [
        {"Namespace": namespace, "OptionName": name, "Value": value}
        for (namespace, name), value in sorted(options.items())
    ]


def of_bundle(bundle: Path) -> Options:
    """The options of `.ebextensions`, functions unevaluated; of two the later file's holds.

    Refuses with `Refused` what Elastic Beanstalk could not read.
    """
    options: Options = {}
    with zipfile.ZipFile(bundle) as packed:
        for name in sorted(packed.namelist()):
            if name.startswith(".ebextensions/") and name.endswith(".config"):
                options |= of_sections(read(packed.read(name).decode(), name).sections)
    return options


def of_sections(sections: Tree) -> Options:
    """The options of one file that was read."""
    return {
        (namespace, name): _text(value)
        for namespace, options in sections.get("option_settings", {}).items()
        for name, value in options.items()
    }


def _text(value: Any) -> str:  # noqa: ANN401 # whatever stands in the file
    return value if isinstance(value, str) else json.dumps(value)


def properties(options: Options) -> dict[str, str]:
    """Those that the application's processes find in their environment."""
    return {name: value for (namespace, name), value in options.items() if namespace == ENVIRONMENT}
