from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import Config
from app.database import Database
from app.domain.accounts import operator_for_password
from app.factory import create_app
from app.parts import Parts, build_parts
from tests.builders import PASSWORD, Plant, sign_in
from tests.commands.conftest import Shell

CREATE = ("create-user", "frida", "--name", "Frida Voss", "--role", "operator", "--plant", "north")


def knocks(client: FlaskClient, token: str) -> int:
    """The answer to an empty batch: 401 to strangers, 422 to gateways."""
    return client.post(
        "/api/v1/readings",
        json={"readings": []},
        headers={"Authorization": f"Bearer {token}"},
    ).status_code


def test_a_user_is_made_with_a_password_from_a_pipe(
    shell: Shell, parts: Parts, plant: Plant
) -> None:
    made = shell(*CREATE, "--password-stdin", words=f"{PASSWORD}\n")

    assert made.exit_code == 0
    assert PASSWORD not in made.output
    with parts.database.transaction() as session:
        frida = operator_for_password(session, "frida", PASSWORD)
        assert frida is not None
        assert (frida.name, frida.role, frida.plant_id) == ("Frida Voss", "operator", plant.id)


@pytest.mark.parametrize(
    ("args", "words", "code"),
    [
        (CREATE, "short\n", 1),
        (CREATE, "", 2),
        ((*CREATE, "--plant", "west"), f"{PASSWORD}\n", 1),
        ((*CREATE, "--role", "boss"), f"{PASSWORD}\n", 2),
        ((*CREATE, "--name", "x" * 81), f"{PASSWORD}\n", 2),
        (("create-user", "otto", *CREATE[2:]), f"{PASSWORD}\n", 1),
        (("create-user", "Otto!", *CREATE[2:]), f"{PASSWORD}\n", 1),
        (("set-password", "vera"), "short\n", 1),
        (("set-password", "vera"), "", 2),
        (("set-password", "nobody"), f"{PASSWORD}\n", 1),
        (("close-account", "nobody"), "", 1),
        (("end-sessions", "nobody"), "", 1),
        (("create-gateway", "line\nbreak", "--plant", "north"), "", 2),
        (("create-gateway", "one", "--plant", "west"), "", 1),
        (("revoke-gateway", "nobody"), "", 1),
        (("create-token", "Robot", "--for", "nobody"), "", 1),
        (("create-token", "Robot", "--for", "vera", "--scope", "lines"), "", 1),
        (("create-token", "Robot", "--for", "vera", "--plant", "west"), "", 1),
        (("create-token", "Robot", "--for", "vera", "--days", "400"), "", 2),
        (("revoke-token", "9"), "", 1),
        (("revoke-token", "9" * 40), "", 1),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    *,
    shell: Shell,
    plant: Plant,
    count: Callable[[str], int],
    args: tuple[str, ...],
    words: str,
    code: int,
) -> None:
    people = count("operator")
    refused = shell(*args, words=words)

    assert refused.exit_code == code
    assert [line for line in refused.stderr.splitlines() if line.startswith("Error: ")]
    assert refused.stderr.count("\n") == (1 if code == 1 else 4)
    assert count("operator") == people


def test_a_token_is_alone_on_standard_output(
    shell: Shell, client: FlaskClient, plant: Plant
) -> None:
    made = shell("create-gateway", "dock", "--plant", "north")

    assert len(made.stdout.split()) == 1
    assert "shown this once" in made.stderr
    assert knocks(client, made.stdout.strip()) == 422


def test_a_new_token_ends_the_old_one(shell: Shell, client: FlaskClient, plant: Plant) -> None:
    old, new = (shell("create-gateway", "dock", "--plant", "north").stdout.strip() for _ in "12")

    assert knocks(client, old) == 401
    assert knocks(client, new) == 422


def test_a_revoked_gateway_is_let_in_no_more(
    shell: Shell, client: FlaskClient, plant: Plant, count: Callable[[str], int]
) -> None:
    token = shell("create-gateway", "dock", "--plant", "north").stdout.strip()
    revoked, again = shell("revoke-gateway", "dock"), shell("revoke-gateway", "dock")

    assert (revoked.exit_code, again.exit_code) == (0, 0)
    assert knocks(client, token) == 401
    assert count("gateway WHERE revoked_at IS NOT NULL") == 1


ENDING = {
    ("set-password", "vera", "--password-stdin"): (422, 303),
    ("close-account", "vera"): (422, 422),
    ("end-sessions", "vera"): (303, 422),
}


@pytest.mark.parametrize("command", ENDING)
def test_all_sessions_of_a_person_are_ended(
    *,
    shell: Shell,
    app: Flask,
    plant: Plant,
    count: Callable[[str], int],
    command: tuple[str, ...],
) -> None:
    new = "another battery staple"
    here, there, others = app.test_client(), app.test_client(), app.test_client()
    for client, who in ((here, "vera"), (there, "vera"), (others, "otto")):
        sign_in(client, who)
    done = shell(*command, words=f"{new}\n")

    assert done.exit_code == 0
    assert "2 sessions" in done.stdout
    assert new not in done.output
    assert [client.get("/").status_code for client in (here, there, others)] == [302, 302, 200]
    assert app.extensions["sessions"].of(plant.people["vera"]) == []
    assert count("sign_in WHERE operator_id = 1") == 0
    assert count("sign_in") == 1
    again = tuple(sign_in(here, "vera", word).status_code for word in (PASSWORD, new))
    assert again == ENDING[command]


def test_sessions_are_ended_without_the_cache_too(
    *, config: Config, parts: Parts, app: Flask, plant: Plant
) -> None:
    client = app.test_client()
    sign_in(client, "vera")
    away = build_parts(replace(config, cache_url="valkey://127.0.0.1:1/0"))
    lost = create_app(config, replace(parts, session_client=away.session_client))
    done = lost.test_cli_runner().invoke(args=("end-sessions", "vera"), catch_exceptions=False)

    assert (done.exit_code, done.stdout) == (0, "1 session of vera ended\n")
    assert "does not answer" in done.stderr
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "command",
    [("migrate",), ("seed",), ("revoke-gateway", "dock"), ("end-sessions", "vera"), CREATE],
)
def test_a_database_that_is_away_is_one_line(
    config: Config, parts: Parts, command: tuple[str, ...]
) -> None:
    away = Database("postgresql://nobody:secret@127.0.0.1:1/nothing")
    app = create_app(config, replace(parts, database=away))
    result = app.test_cli_runner().invoke(args=command, input=PASSWORD, catch_exceptions=False)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database does not answer")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_migrating_twice_changes_nothing(shell: Shell) -> None:
    first, second = shell("migrate"), shell("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout == "the database has the schema of this code\n"


def test_a_token_from_the_shell_opens_what_its_person_may_until_it_is_revoked(
    shell: Shell, client: FlaskClient, plant: Plant
) -> None:
    made = shell("create-token", "Robot", "--for", "otto", "--scope", "read")
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    before = client.get("/api/v1/lines", headers=headers).status_code
    ended = shell("revoke-token", "1")

    assert (made.exit_code, before, ended.exit_code) == (0, 200, 0)
    assert client.get("/api/v1/lines", headers=headers).status_code == 401
