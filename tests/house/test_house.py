"""The rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.accounts import AccountsError
from app.domain.alerts import AlertsError
from app.domain.andon import AndonError
from app.domain.plants import PlantsError
from app.domain.reports import ReportsError
from app.domain.shifts import ShiftsError
from app.domain.stops import StopsError
from app.web.errors import STATUS
from lab import procfile

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "lab").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MACHINES = (
    *("cache", "sessions", "streams", "leaderboards"),
    *("observability", "iam", "database", "config"),
)
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_module_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_function_fits_on_half_a_screen(path: Path) -> None:
    # A migration tells one story from top to bottom.
    if path.parent.name == "versions":
        return
    long = [
        node.name
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert not long


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.name == "__init__.py"], ids=relative
)
def test_a_package_says_what_it_is_in_a_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""

    assert re.fullmatch(r"[A-Z].+[.:]", docstring.splitlines()[0] if docstring else "")


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_nothing_but_the_configuration_reads_the_environment(path: Path) -> None:
    # Each door hands its environment to Config; `lab` passes one on to the processes it starts.
    doors = {"app/factory.py", "app/live/application.py", "app/ingest/handler.py"}
    text = path.read_text()
    if relative(path) in doors:
        assert text.count("os.environ") == text.count("Config.from_environment(os.environ)")
    elif not relative(path).startswith("lab/"):
        assert "os.environ" not in text


def test_machines_do_not_speak_of_the_plant() -> None:
    plant = re.compile(r"station|operator_id|shift|telemetry|sensor|pieces", re.IGNORECASE)
    files = [file for name in MACHINES for file in (ROOT / "app" / name).rglob("*.py")]

    assert files
    assert not [relative(file) for file in files if plant.search(file.read_text())]


def test_machines_do_not_import_one_another() -> None:
    for name in MACHINES:
        for file in (ROOT / "app" / name).rglob("*.py"):
            others = [
                module
                for module in imports(file)
                if module.startswith("app.") and not module.startswith(f"app.{name}")
            ]
            assert not others, f"{relative(file)} imports {others}"


def test_nothing_deployed_imports_the_workshop() -> None:
    files = [*(ROOT / "app").rglob("*.py"), ROOT / "application.py"]

    for file in files:
        assert "lab" not in {module.split(".")[0] for module in imports(file)}, relative(file)


def test_no_two_test_modules_have_one_name() -> None:
    """They have no packages: pytest would collect one of the two."""
    names = [path.name for path in TESTS if path.name.startswith("test_")]

    assert sorted(set(names)) == sorted(names)


def test_every_refusal_has_a_status() -> None:
    rooms = (
        *(AccountsError, AlertsError, AndonError, PlantsError),
        *(ReportsError, ShiftsError, StopsError),
    )

    assert {refusal for room in rooms for refusal in room.__subclasses__()} == set(STATUS)


def test_every_template_folder_has_a_face() -> None:
    folders = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}
    faces = {path.stem for path in (ROOT / "app" / "web").glob("*.py")}

    assert folders <= faces


def test_no_template_trusts_data() -> None:
    trusting = re.compile(r"\|\s*safe\b|style=|\son\w+=")

    for file in (ROOT / "templates").rglob("*.html"):
        assert not trusting.search(file.read_text()), file.name


def test_every_environment_variable_is_documented() -> None:
    sources = [file.read_text() for file in (ROOT / "app" / "config").glob("*.py")]
    read = set(re.findall(r'"([A-Z][A-Z_]{3,})"', "".join(sources)))
    page = (ROOT / "docs" / "configuration.md").read_text()
    documented = set(re.findall(r"`([A-Z][A-Z_]{3,})`", page))

    assert read
    assert read <= documented


def test_every_procfile_line_names_a_program_that_is_installed() -> None:
    assert set(procfile.processes()) == {"web", "live", "drain"}
    for name in procfile.processes():
        assert Path(procfile.command(name)[0]).exists()


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"\.PHONY: (.+)", makefile)[1].split())  # type: ignore[index]
    explained = set(re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE))

    assert phony == explained


def test_every_decision_has_context_choice_and_price() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text().lower()
        assert all(word in text for word in ("context", "choice", "price")), page.name
