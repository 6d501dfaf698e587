"""A bundle that is made up: its steps write their names down, and its web process answers."""

import zipfile
from pathlib import Path

NOTED = 'echo "$(basename "$0") in $(basename "$PWD")" >> "$NOTES"\n'
HOOK = f"#!/bin/sh\n{NOTED}"
WEB = "web: python3 -m http.server --bind 127.0.0.1 8000\n"
FILES = {
    "Procfile": WEB,
    "requirements.txt": "",
    "healthz": "ok",
    ".platform/nginx/conf.d/some.conf": "",
    ".platform/hooks/prebuild/10_before.sh": HOOK,
    ".platform/hooks/predeploy/20_second.sh": HOOK,
    ".platform/hooks/predeploy/10_first.sh": HOOK,
    ".platform/hooks/postdeploy/10_after.sh": HOOK,
    ".platform/confighooks/predeploy/10_changed.sh": HOOK,
}
COMMANDS = {
    "10_all": {"command": 'echo all >> "$NOTES"'},
    "20_leader": {"command": 'echo leader >> "$NOTES"', "leader_only": True},
    "30_tested": {"command": 'echo never >> "$NOTES"', "test": "test -e /nowhere"},
    "40_tested": {"command": 'echo tested >> "$NOTES"', "test": "test -e Procfile"},
}


def bundle(folder: Path, **changed: str) -> Path:
    """The bundle as a zip, with other texts of files named by `hook`, `procfile` or `page`."""
    names = {
        "hook": ".platform/hooks/predeploy/10_first.sh",
        "procfile": "Procfile",
        "page": "healthz",
    }
    files = FILES | {names[name]: text for name, text in changed.items()}
    made = folder / f"{len(list(folder.glob('*.zip')))}.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made
