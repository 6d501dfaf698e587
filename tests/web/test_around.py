"""What is true of every answer: headers, probes, assets, logs."""

import hashlib
import io
import logging
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as Unreachable

from app.observability import logs
from app.parts import Parts
from app.web import assets, guards
from tests.builders import Plant, sign_in

# As on npm, uplot 1.6.31: the package's bytes are uPlot's own.
UPLOT = {
    "uplot.iife.min.js": "2d27e8ad3d228164525ce213f9dc716f39b4e3aee0cc773fb3491c96cf4921a2",
    "uplot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


def test_every_answer_says_who_served_it(client: FlaskClient, plant: Plant) -> None:
    for path in ("/", "/sign-in", "/healthz", "/nowhere", "/static/andon.css"):
        with client.get(path) as answer:
            assert answer.headers["X-Served-By"] == "test"


def test_pages_run_no_script_but_ours(client: FlaskClient, plant: Plant) -> None:
    policy = client.get("/sign-in").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_signed_in_page_is_kept_by_nobody(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")

    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_the_health_probe_asks_nobody(
    client: FlaskClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("a health probe must not touch the cache or the database")

    monkeypatch.setattr(AbstractConnection, "send_packed_command", never)
    monkeypatch.setattr(parts.database.engine.pool, "connect", never)

    assert client.get("/healthz").status_code == 200


def test_the_readiness_probe_names_what_answers(client: FlaskClient) -> None:
    body = client.get("/readyz").get_json()

    assert body["ready"] is True
    assert body["database"]["answers"] is True
    assert body["cache"]["answers"] is True


def test_uplot_is_served_byte_for_byte(client: FlaskClient) -> None:
    for name in assets.UPLOT_FILES:
        with client.get(f"/uplot/{name}") as answer:
            assert hashlib.sha256(answer.data).hexdigest() == UPLOT[name]


def test_only_uplots_two_files_are_served(client: FlaskClient) -> None:
    for name in ("__init__.py", "..%2f__init__.py", "figure.py"):
        assert client.get(f"/uplot/{name}").status_code == 404


def test_assets_are_kept_for_good_under_a_name_that_changes(client: FlaskClient) -> None:
    page = client.get("/sign-in").text
    (url,) = re.findall(r'href="(/static/andon\.css\?v=[0-9a-f]{12})"', page)

    with client.get(url) as named, client.get("/static/andon.css") as plain:
        assert "immutable" in named.headers["Cache-Control"]
        assert "immutable" not in plain.headers.get("Cache-Control", "")


def test_a_request_is_logged_in_one_line_without_secrets(
    client: FlaskClient, plant: Plant, caplog: pytest.LogCaptureFixture
) -> None:
    client.post(
        "/api/v1/readings",
        json={"readings": []},
        headers={"Authorization": f"Bearer {plant.token}", "X-Request-Id": "from-the-caller-1"},
    )
    lines = [record.getMessage() for record in caplog.records if record.name == "andon.request"]

    assert len(lines) == 1
    assert "from-the-caller-1" in lines[0]
    assert "/api/v1/readings" in lines[0]
    assert plant.token not in lines[0]


def test_a_request_id_that_is_not_harmless_is_replaced(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "a b<script>"})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_a_fault_of_ours_is_a_page_without_a_traceback(app: Flask) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    app.add_url_rule("/broken", view_func=guards.anyone(broken))
    answer = app.test_client().get("/broken", headers={"Accept": "text/html"})

    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text
    assert "Traceback" not in answer.text


def test_a_fault_is_logged_without_what_people_typed(app: Flask, plant: Plant) -> None:
    """The log of a production process, told to write JSON."""
    logs.configure(as_json=True)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written := io.StringIO())

    def broken() -> str:
        password = "what somebody typed"
        raise ZeroDivisionError(len(password))

    app.add_url_rule("/broken", view_func=guards.anyone(broken))
    app.test_client().get("/broken")
    logs.configure(as_json=False)

    assert "ZeroDivisionError" in written.getvalue()
    assert "what somebody typed" not in written.getvalue()


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/lines/a%00b", {}),
        ("GET", "/?plant=%00", {}),
        ("POST", "/sign-in", {"username": "a\0b", "password": "x"}),
        ("POST", "/lines/press/calls", {"station": "\0"}),
    ],
)
def test_a_nul_character_is_a_bad_request(
    client: FlaskClient, plant: Plant, method: str, path: str, form: dict[str, str]
) -> None:
    assert client.open(path, method=method, data=form).status_code == 400


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/sign-in")

    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_nothing_is_kept_for_good_under_another_files_name(client: FlaskClient) -> None:
    for path in ("/static/nothing.js?v=1", "/static/live.js?v=000000000000"):
        with client.get(path) as answer:
            assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_neither_probe_nor_looks_depend_on_the_cache(
    client: FlaskClient, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, "vera")

    def away(*_: object, **__: object) -> None:
        raise Unreachable

    monkeypatch.setattr(AbstractConnection, "send_packed_command", away)
    with client.get("/static/andon.css") as looks:
        assert (client.get("/healthz").status_code, looks.status_code) == (200, 200)
    page = client.get("/")
    assert page.status_code == 503
    assert re.fullmatch(r"[0-9a-f]{32}", page.headers["X-Request-Id"])
