"""The rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.domain.accounts import AccountsError
from app.domain.alerts import AlertsError
from app.domain.andon import AndonError
from app.domain.plants import PlantsError
from app.domain.reports import ReportsError
from app.domain.shifts import ShiftsError
from app.web.errors import STATUS
from app.web.guards import Guard
from app.web.problems import API
from lab import procfile

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "lab").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40

PLACE = "/plants/<slug>/<any(lines, stations, sensors):kind>/<int:number>"
# Who may pass where. A route that is not here, or has another guard, fails the test below.
GUARDS = {
    "GET /": "signed in",
    "GET /board.json": "signed in",
    "GET /leaderboards/<board>": "signed in",
    "GET /api/v1/leaderboards/<board>": "signed in",
    "GET /lines/<slug>": "signed in",
    "GET /lines/<slug>/history.json": "signed in",
    "GET /lines/<slug>/now.json": "signed in",
    "POST /lines/<slug>/calls": "operator",
    "POST /calls/<int:call_id>/acknowledgement": "operator",
    "PUT /calls/<int:call_id>/acknowledgement": "operator",
    "POST /calls/<int:call_id>/resolution": "operator",
    "PUT /calls/<int:call_id>/resolution": "operator",
    "POST /calls/<int:call_id>/handover": "operator",
    "POST /alerts/<int:alert_id>/acknowledgement": "operator",
    "PUT /alerts/<int:alert_id>/acknowledgement": "operator",
    "GET /handover": "signed in",
    "GET /api/v1/lines": "signed in",
    "GET /api/v1/lines/<slug>": "signed in",
    "PATCH /api/v1/lines/<slug>": "supervisor",
    "GET /api/v1/lines/<slug>/readings": "signed in",
    "GET /api/v1/lines/<slug>/alerts": "signed in",
    "GET /api/v1/lines/<slug>/calls": "signed in",
    "POST /api/v1/lines/<slug>/calls": "operator",
    "POST /api/v1/readings": "gateway",
    "POST /api/v1/output": "gateway",
    "GET /api/v1/openapi.json": "anyone",
    "GET /api/docs": "anyone",
    "GET /sign-in": "anyone",
    "POST /sign-in": "anyone",
    "POST /sign-out": "anyone",
    "GET /account/sessions": "signed in",
    "POST /account/sessions/revocation": "signed in",
    "POST /account/sessions/<int:sign_in_id>/revocation": "signed in",
    "GET /account/tokens": "signed in",
    "POST /account/tokens": "viewer, confirmed",
    "POST /account/tokens/<int:token_id>/revocation": "signed in",
    "GET /account/password": "signed in",
    "POST /account/password": "signed in",
    "GET /account/confirmation": "signed in",
    "POST /account/confirmation": "signed in",
    "GET /people": "admin",
    "POST /people/<int:operator_id>/sessions/revocation": "admin, confirmed",
    "POST /people/<int:operator_id>/closure": "admin, confirmed",
    "POST /people/<int:operator_id>/opening": "admin, confirmed",
    "POST /people/<int:operator_id>/role": "admin, confirmed",
    "GET /administration": "supervisor",
    "GET /plants": "admin",
    "POST /plants": "admin",
    "GET /plants/<slug>": "admin",
    "POST /plants/<slug>": "admin",
    "POST /plants/<slug>/lines": "admin",
    f"GET {PLACE}": "admin",
    f"POST {PLACE}": "admin",
    f"POST {PLACE}/parts": "admin",
    f"POST {PLACE}/retirement": "admin",
    f"POST {PLACE}/return": "admin",
    f"POST {PLACE}/position": "admin",
    "GET /call-types": "supervisor",
    "POST /call-types": "supervisor",
    "GET /call-types/<int:number>": "supervisor",
    "POST /call-types/<int:number>": "supervisor",
    "POST /call-types/<int:number>/position": "supervisor",
    "GET /shifts": "admin",
    "POST /shifts": "admin",
    "GET /shifts/<int:number>": "admin",
    "POST /shifts/<int:number>": "admin",
    "POST /shifts/days": "admin",
    "POST /shifts/days/<int:number>/removal": "admin",
    "GET /gateways": "admin",
    "GET /gateways/new": "admin, confirmed",
    "POST /gateways": "admin, confirmed",
    "POST /gateways/<int:gateway_id>/token": "admin, confirmed",
    "POST /gateways/<int:gateway_id>/revocation": "admin, confirmed",
    "GET /audit": "admin",
    "GET /audit/trail.csv": "admin",
    "GET /ops": "admin",
    "POST /ops/trial": "admin",
    "GET /metrics": "loopback or token",
    "GET /screens": "admin",
    "POST /screens": "admin, confirmed",
    "POST /screens/<int:screen_id>/ending": "admin, confirmed",
    "GET /tv/<plant>": "signed link",
    "GET /tv/<plant>/board.json": "signed link",
    "GET /reports/": "signed in",
    "GET /reports/output": "signed in",
    "GET /reports/output.csv": "signed in",
    "GET /reports/downtime": "signed in",
    "GET /reports/downtime.csv": "signed in",
    "GET /reports/calls": "signed in",
    "GET /reports/calls.csv": "signed in",
    "GET /reports/oee": "signed in",
    "GET /reports/oee.csv": "signed in",
    "GET /healthz": "anyone",
    "GET /readyz": "anyone",
    "GET /uplot/<name>": "anyone",
    "GET /static/<path:filename>": None,
}

# What a program's token must be for. A route of the API that is not here takes none.
SCOPES = {
    "GET /api/v1/leaderboards/<board>": "read",
    "GET /api/v1/lines/<slug>/alerts": "read",
    "GET /api/v1/lines": "read",
    "GET /api/v1/lines/<slug>": "read",
    "GET /api/v1/lines/<slug>/readings": "read",
    "GET /api/v1/lines/<slug>/calls": "read",
    "POST /api/v1/lines/<slug>/calls": "calls",
    "PATCH /api/v1/lines/<slug>": "lines",
}


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
    machines = (
        *("cache", "sessions", "streams", "leaderboards", "observability", "iam", "config"),
        "database.py",
    )
    plant = re.compile(r"station|operator_id|shift|telemetry|sensor|pieces", re.IGNORECASE)
    files = [
        file
        for name in machines
        for file in ([ROOT / "app" / name] if "." in name else (ROOT / "app" / name).rglob("*.py"))
    ]

    assert files
    assert not [relative(file) for file in files if plant.search(file.read_text())]


def test_machines_do_not_import_one_another() -> None:
    machines = ("cache", "sessions", "streams", "leaderboards", "observability", "iam", "config")
    for name in machines:
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


def test_every_refusal_has_a_status() -> None:
    rooms = (AccountsError, AlertsError, AndonError, PlantsError, ReportsError, ShiftsError)

    assert {refusal for room in rooms for refusal in room.__subclasses__()} == set(STATUS)


def test_every_template_folder_has_a_face() -> None:
    folders = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}
    faces = {path.stem for path in (ROOT / "app" / "web").glob("*.py")}

    assert folders <= faces


def test_no_template_trusts_data() -> None:
    trusting = re.compile(r"\|\s*safe\b|style=|\son\w+=")

    for file in (ROOT / "templates").rglob("*.html"):
        assert not trusting.search(file.read_text()), file.name


def guards(app: Flask) -> dict[str, Guard | None]:
    """What each route states."""
    return {
        f"{method} {rule.rule}": getattr(app.view_functions[rule.endpoint], "guard", None)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_states_its_guard(app: Flask) -> None:
    stated = {route: guard.who if guard else None for route, guard in guards(app).items()}

    assert stated == GUARDS


def test_every_route_of_the_api_states_what_a_token_must_be_for(app: Flask) -> None:
    stated = {
        route: guard.scope
        for route, guard in guards(app).items()
        if guard and guard.scope and API in route
    }

    assert stated == SCOPES


def test_a_route_without_a_guard_is_closed(app: Flask) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "secrets", endpoint="forgotten")

    assert app.test_client().get("/forgotten").status_code == 403


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
