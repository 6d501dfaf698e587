"""What must hold of an upload and of what is set beside it; each finding is empty where it does."""

import stat
from collections.abc import Iterable
from pathlib import Path

from lab.deploycheck.bundle import Bundle
from lab.deploycheck.rules.settings import CLI_WINS
from lab.deploycheck.strict import load
from lab.ebapi import settings
from lab.ebapi.settings import Options


def differences(uploaded: Bundle, committed: Bundle) -> str:
    """Every file that is not in both, or is not the same in both."""
    found = [
        *(f"{name} is uploaded and not committed" for name in uploaded.keys() - committed.keys()),
        *(f"{name} is committed and not uploaded" for name in committed.keys() - uploaded.keys()),
    ]
    for name in uploaded.keys() & committed.keys():
        here, there = uploaded[name], committed[name]
        if here.content != there.content:
            found.append(f"{name} has other content")
        if (here.mode ^ there.mode) & stat.S_IXUSR:
            found.append(f"{name} is a program in one of them only")
    return "; ".join(sorted(found))


def unexpected(sent: Options, *, asked: Options) -> str:
    """What the client sets that is neither asked for nor known, and what it does not set so."""
    wanted: dict[tuple[str, str], str | None] = dict(asked)
    for namespace, options in CLI_WINS.items():
        wanted |= {(namespace, name): value for name, value in options.items()}
    found = [f"it sets {' '.join(each)}" for each in sent.keys() - wanted.keys()]
    for each, value in wanted.items():
        if each not in sent:
            found.append(f"it does not set {' '.join(each)}")
        elif value not in (None, sent[each]):
            found.append(f"it sets {' '.join(each)} to {sent[each]}, not to {value}")
    return "; ".join(sorted(found))


def overridden(sent: Options, files: Iterable[Path]) -> str:
    """The options of files that do not hold: they are set otherwise on the environment itself."""
    return "; ".join(
        f"{file.name}: {' '.join(option)} is {value} there, and set to {sent[option]}"
        for file in files
        for option, value in settings.of_sections(load(file)).items()
        if sent.get(option, value) != value
    )
