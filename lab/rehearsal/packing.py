"""Source bundles: packed as the EB CLI packs them, unpacked as an instance does."""

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
IDENTITY = ("-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost")
# A difference that a browser sees, and that changes nothing.
TOUCHED = "app/web/static/andon.css"


class NotPacked(Exception):
    """git does not give a bundle; the message is git's own."""


def pack(checkout: Path, bundle: Path) -> Path:
    """What `eb deploy` uploads from a checkout: what is committed, and nothing else."""
    if (checkout / ".ebignore").exists():
        raise NotPacked("with .ebignore the EB CLI packs the working tree; the rehearsal does not")
    _git(checkout, "archive", "--format=zip", "-o", str(bundle), "HEAD")
    return bundle


def pack_next(checkout: Path, folder: Path) -> Path:
    """A bundle of a version after this one, committed in a clone that is thrown away."""
    clone = folder / "next"
    shutil.rmtree(clone, ignore_errors=True)
    _git(checkout, "clone", "-q", "--shared", str(checkout), str(clone))
    with (clone / TOUCHED).open("a", encoding="utf-8") as file:
        file.write("/* The next version. */\n")
    _git(clone, *IDENTITY, "-c", "commit.gpgsign=false", "commit", "-qam", "Be the next version")
    try:
        return pack(clone, folder / "next.zip")
    finally:
        shutil.rmtree(clone)


def uncommitted(checkout: Path) -> str:
    """What git says is changed and would not be uploaded; empty where nothing is."""
    return _git(checkout, "status", "--porcelain").rstrip()


def amend(bundle: Path, amended: Path, files: Mapping[str, str]) -> Path:
    """The same bundle with these files in place of its own, or added."""
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(amended, "w") as after:
        for member in before.infolist():
            if member.filename not in files:
                after.writestr(member, before.read(member))
        for name, text in files.items():
            after.writestr(name, text)
    return amended


def unpack(bundle: Path, folder: Path) -> None:
    """Lay the bundle out in an empty folder, with the rights that it notes of each file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with zipfile.ZipFile(bundle) as archive:
        for member in archive.infolist():
            place = Path(archive.extract(member, folder))
            # `zipfile` leaves them out.
            if mode := member.external_attr >> 16 & 0o777:
                place.chmod(mode)


def texts(bundle: Path, folder: str, suffix: str) -> dict[str, str]:
    """The files of one folder of the bundle, by their names."""
    with zipfile.ZipFile(bundle) as archive:
        return {
            Path(name).name: archive.read(name).decode()
            for name in archive.namelist()
            if Path(name).parent == Path(folder) and name.endswith(suffix)
        }


def _git(checkout: Path, *words: str) -> str:
    try:
        ran = subprocess.run(
            ["git", *words],  # noqa: S607 # whichever git is in use here
            cwd=checkout,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        raise NotPacked("there is no git here") from None
    except subprocess.CalledProcessError as fault:
        raise NotPacked(fault.stderr.strip()) from fault
    return ran.stdout
