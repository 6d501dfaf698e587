"""What the EB CLI would upload: everything an instance needs, and nothing secret.

Without `.ebignore` it is `git archive HEAD`. With one, the CLI packs the working tree instead: what
was never committed, what `.gitignore` names, and `.git` itself, unless `.ebignore` names them too.
"""

import io
import re
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from lab.deploycheck.rules.reading import Fault
from lab.deploycheck.strict import Refused

LARGEST = 512 * 1024 * 1024

# What an instance cannot do without; a folder ends in a slash.
NEEDED = (
    *("Procfile", "application.py", "requirements.txt", "app/", "templates/"),
    *(".ebextensions/", "app/models/migrations/versions/"),
    *(".platform/nginx/", ".platform/hooks/", ".platform/confighooks/"),
)
# What an instance has no use for. A browser may be shown `app/web/static`, and nothing else.
# `lab`, `tests` and `docs` weigh little, and keeping them out of `git archive` would keep them from
# whoever downloads the project as an archive.
UNWANTED = (".git/", ".venv/", ".venv-bench/", ".venv-eb/", ".andon/", ".elasticbeanstalk/")
SECRET_NAMES = re.compile(
    r"(^|/)(\.env(\..+)?|\.netrc|\.pgpass|credentials|id_(rsa|ed25519|ecdsa)"
    r"|.+\.(pem|key|p12|pfx|jks|kdbx|sqlite3?|dump))$"
)
SECRET_TEXTS = (
    (re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(rb"\b(AKIA|ASIA)[0-9A-Z]{16}\b"), "an AWS access key"),
    (re.compile(rb"postgres(ql)?://\w+:(?!password@)\w{8,}@(?!localhost|127\.)"), "a password"),
)
HOOKS = re.compile(r"\.platform/(hooks|confighooks)/(prebuild|predeploy|postdeploy)/([^/]+)")
PROCESS = re.compile(r"[A-Za-z0-9_-]+:\s*(\S+).*")
DEFAULT_PORT = "8000"
PLAIN = 0o644


class NoCheckout(Refused):
    """What would be uploaded is what is committed, and there is no commit to look at."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of the bundle. `mode` is the file's own; `content` is None of a broken link."""

    mode: int
    content: bytes | None


Bundle = dict[str, Packed]


def bundle(root: Path) -> Bundle:
    """The files that `eb deploy` would upload from this checkout."""
    ignore = root / ".ebignore"
    return of_tree(root, ignore) if ignore.exists() else of_commit(root)


def of_commit(root: Path) -> Bundle:
    """What is committed; refuses with `NoCheckout` where git knows of no commit."""
    try:
        packed = subprocess.run(
            ["git", "archive", "--format=tar", "HEAD"],  # noqa: S607 # whichever git is in use here
            cwd=root,
            capture_output=True,
            check=True,
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as fault:
        said = getattr(fault, "stderr", None) or b"there is no git here"
        raise NoCheckout(str(root), f"git shows no commit: {said.decode().strip()}") from fault
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {
            member.name: Packed(member.mode, _content(archive, member))
            for member in archive
            if not member.isdir()
        }


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | None:
    try:
        file = archive.extractfile(member)
    except KeyError:  # a link to nowhere
        return None
    return file.read() if file else None


def of_tree(root: Path, ignore: Path) -> Bundle:
    """All of the working tree but what `.ebignore` names; `.gitignore` does not count."""
    unwanted = GitIgnoreSpec.from_lines(ignore.read_text(encoding="utf-8").splitlines())
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or ".elasticbeanstalk" in path.parts or unwanted.match_file(name):
            continue
        exists = path.exists()
        found[name] = Packed(path.lstat().st_mode, path.read_bytes() if exists else None)
    return found


def of_upload(path: Path) -> Bundle:
    """What is in a zip that was uploaded. Of a plain file git notes no mode there."""
    with zipfile.ZipFile(path) as archive:
        return {
            member.filename: Packed(member.external_attr >> 16 or PLAIN, archive.read(member))
            for member in archive.infolist()
            if not member.is_dir()
        }


def faults(files: Bundle) -> Iterator[tuple[str, Fault]]:
    """Everything wrong with the bundle, by the name of its rule."""
    for rule in RULES:
        for fault in rule(files):
            yield rule.__name__, fault


def complete(files: Bundle) -> Iterator[Fault]:
    for needed in NEEDED:
        if not any(
            name == needed or (needed[-1] == "/" and name.startswith(needed)) for name in files
        ):
            yield needed, "is not in the bundle"


def nothing_secret(files: Bundle) -> Iterator[Fault]:
    for name, file in files.items():
        if SECRET_NAMES.search(name):
            yield name, "looks like a secret by its name"
        for pattern, what in SECRET_TEXTS:
            if file.content and pattern.search(file.content):
                yield name, f"holds {what}"


def nothing_needless(files: Bundle) -> Iterator[Fault]:
    for unwanted in UNWANTED:
        if found := [name for name in files if name.startswith(unwanted)]:
            yield found[0], f"is of no use to an instance, nor is what else is in {unwanted}"


def readable(files: Bundle) -> Iterator[Fault]:
    """No broken link, which the CLI dies of, and not more than the service takes."""
    for name, file in files.items():
        if file.content is None:
            yield name, "is a link to nowhere"
    if sum(len(file.content or b"") for file in files.values()) > LARGEST:
        yield "bundle", f"is larger than {LARGEST} bytes"


def twins(files: Bundle) -> Iterator[Fault]:
    """What a deployment runs, a change of the configuration runs too; both can be run."""
    kinds: dict[str, dict[str, Packed]] = {"hooks": {}, "confighooks": {}}
    for name, file in files.items():
        if match := HOOKS.fullmatch(name):
            kinds[match[1]][f"{match[2]}/{match[3]}"] = file
            yield from _runs(name, file)
        elif name.startswith((".platform/hooks/", ".platform/confighooks/")):
            yield name, "is in no folder that Elastic Beanstalk runs"
    for name in sorted(kinds["hooks"].keys() ^ kinds["confighooks"].keys()):
        yield name, "has no twin, so a change of the configuration does without it, or only that"
    for name in sorted(kinds["hooks"].keys() & kinds["confighooks"].keys()):
        if kinds["hooks"][name].content != kinds["confighooks"][name].content:
            yield name, "and its twin differ"


def _runs(name: str, file: Packed) -> Iterator[Fault]:
    if not file.mode & stat.S_IXUSR:
        yield name, "is not executable"
    content = file.content or b""
    if not content.startswith(b"#!"):
        yield name, "does not say what runs it"
    if b"\r" in content:
        yield name, "has line ends of Windows, so its first line names no program"


def processes(files: Bundle) -> Iterator[Fault]:
    """`web` comes first and listens where Elastic Beanstalk's nginx looks for it."""
    if "Procfile" not in files:
        return
    lines = (files["Procfile"].content or b"").decode().splitlines()
    for line in lines:
        if not PROCESS.fullmatch(line):
            yield "Procfile", f"has a line that is refused: {line}"
    if not lines or not lines[0].startswith("web:"):
        yield "Procfile", "does not begin with web, the process that is proxied"
    elif DEFAULT_PORT not in lines[0].split():
        yield "Procfile", f"has web listen elsewhere than on {DEFAULT_PORT}"


def requirements(files: Bundle) -> Iterator[Fault]:
    """Every program that the Procfile names comes with what is installed."""
    if "requirements.txt" not in files or "Procfile" not in files:
        return
    text = (files["requirements.txt"].content or b"").decode()
    installed = {match[1].lower() for match in re.finditer(r"^([\w.-]+)==", text, re.MULTILINE)}
    lines = (files["Procfile"].content or b"").decode().splitlines()
    for program in (match[1] for line in lines if (match := PROCESS.fullmatch(line))):
        if program not in installed:
            yield "requirements.txt", f"does not install {program}, which the Procfile starts"
    if "--hash=" not in text:
        yield "requirements.txt", "has no hashes, so whatever the index gives is installed"


RULES = (complete, nothing_secret, nothing_needless, readable, twins, processes, requirements)
