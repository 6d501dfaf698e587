"""What an outage costs: its own part, in clear words, and nothing that was acknowledged."""

import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import urllib3

from lab import processes, procfile
from tests.processes.conftest import Instance, until
from tests.processes.streams import cookie, sign_in

HTTP = urllib3.PoolManager(retries=False)


def get(instance: Instance, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
    answer = HTTP.request("GET", instance.url("web", path), headers=headers)
    HTTP.clear()
    return answer


def send(instance: Instance, value: float) -> urllib3.BaseHTTPResponse:
    reading = {"sensor": "press-s1-temperature", "at": datetime.now(UTC).isoformat()}
    answer = HTTP.request(
        "POST",
        instance.url("web", "/api/v1/readings"),
        json={"readings": [{**reading, "value": value}]},
        headers={"Authorization": f"Bearer {instance.plant.token}"},
    )
    HTTP.clear()
    return answer


def stored(instance: Instance) -> int:
    with instance.parts.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM reading").scalar_one())


def test_without_the_cache_people_and_gateways_are_asked_to_come_back(instance: Instance) -> None:
    instance.start("web")
    who = cookie(instance)
    assert send(instance, 1.0).status == 202
    instance.valkey.stop()
    page = get(instance, "/", Cookie=who)
    landing = send(instance, 2.0)
    ready = get(instance, "/readyz")
    health = get(instance, "/healthz")
    instance.valkey.start()

    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "<html" in page.data.decode()
    assert "Traceback" not in page.data.decode()
    assert "Set-Cookie" not in page.headers
    assert (landing.status, landing.headers["Retry-After"]) == (503, "2")
    assert landing.json()["type"] == "urn:andon:problem:cache-away"
    assert (ready.status, ready.json()["cache"]["answers"]) == (503, False)
    assert ready.json()["database"]["answers"] is True
    assert health.status == 200
    until(lambda: get(instance, "/", Cookie=who).status == 200)
    assert send(instance, 3.0).status == 202


def test_a_frozen_cache_is_given_up_on(instance: Instance) -> None:
    instance.start("web")
    who = cookie(instance)
    send(instance, 1.0)
    instance.valkey.signal(signal.SIGSTOP)
    answers = [get(instance, "/", Cookie=who).status, send(instance, 2.0).status]
    instance.valkey.signal(signal.SIGCONT)

    assert answers == [503, 503]
    until(lambda: send(instance, 3.0).status == 202)


def test_a_full_cache_takes_nothing_and_keeps_what_it_has(instance: Instance) -> None:
    instance.start("web")
    assert send(instance, 1.0).status == 202
    with instance.valkey.client() as administrator:
        administrator.config_set("maxmemory", 1)
        refused = send(instance, 2.0)
        waiting = instance.parts.landing.waiting()
        administrator.config_set("maxmemory", 0)

    assert (refused.status, refused.headers["Retry-After"], waiting) == (503, "2", 1)
    assert send(instance, 3.0).status == 202


def test_without_the_database_pages_say_so_and_data_still_land(instance: Instance) -> None:
    instance.start("web", "drain")
    who = cookie(instance)
    # Each of web's two workers learns the names; one that never could has to refuse.
    sent = [send(instance, float(number)).status for number in range(30)]
    until(lambda: stored(instance) == len(sent))
    instance.postgres.stop()
    page = get(instance, "/", Cookie=who)
    program = get(instance, "/board.json", Cookie=who)
    landing = send(instance, 2.0)
    ready = get(instance, "/readyz")
    instance.postgres.start()

    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "<html" in page.data.decode()
    assert "Traceback" not in page.data.decode()
    assert program.status == 503
    assert program.json()["type"] == "urn:andon:problem:database-away"
    assert landing.status == 202
    assert (ready.status, ready.json()["database"]["answers"]) == (503, False)
    until(lambda: get(instance, "/", Cookie=who).status == 200)
    assert set(sent) == {202}
    until(lambda: stored(instance) == len(sent) + 1, seconds=30)


def test_a_frozen_database_is_given_up_on_by_all_who_ask_it(instance: Instance) -> None:
    instance.start("web", "live", "drain")
    who = cookie(instance)
    cached = "/reports/output"
    # Each of web's two workers learns the names, and keeps the report near at hand.
    sent = [send(instance, float(number)).status for number in range(30)]
    for _ in range(8):
        get(instance, cached, Cookie=who)
    until(lambda: stored(instance) == len(sent))
    with ThreadPoolExecutor(40) as pool, processes.frozen(instance.postgres.folder / "pid"):
        # More than web has threads: one that nobody freed would be missed by whoever is next.
        pages = [pool.submit(get, instance, "/", Cookie=who) for _ in range(40)]
        statuses = {page.result(20).status for page in pages}
        program = get(instance, "/board.json", Cookie=who)
        health = get(instance, "/healthz")
        ready = get(instance, "/readyz")
        report = get(instance, cached, Cookie=who)
        landings = [send(instance, 100.0 + number).status for number in range(5)]
        live = HTTP.request("GET", instance.url("live", "/live/board"), headers={"Cookie": who})

    until(lambda: get(instance, "/", Cookie=who).status == 200)
    until(lambda: stored(instance) == len(sent) + len(landings), seconds=30)
    assert statuses == {503}
    assert program.json()["type"] == "urn:andon:problem:database-away"
    assert (health.status, report.status) == (200, 200)
    assert (ready.status, ready.json()["database"]["answers"]) == (503, False)
    assert {*sent, *landings} == {202}
    assert live.status == 503


def test_who_tries_to_sign_in_without_the_database_has_guessed_nothing(instance: Instance) -> None:
    instance.start("web")
    cookie(instance)
    instance.postgres.stop()
    tries = [sign_in(instance).status for _ in range(6)]
    instance.postgres.start()

    assert set(tries) == {503}
    until(lambda: sign_in(instance).status == 303)


def test_a_cache_that_stops_and_starts_under_simulate_loses_nothing_acknowledged(
    instance: Instance, tmp_path: Path
) -> None:
    instance.start("web", "drain")
    log = tmp_path / "simulate.log"
    simulate = procfile.flask("simulate", "--url", instance.url("web", ""), "--token-stdin")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*simulate, "--plant", "north", "--rate", "50", "--seconds", "12"],
            env=instance.environment,
            cwd=procfile.ROOT,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
        )
    assert process.stdin is not None
    process.stdin.write(f"{instance.plant.token}\n".encode())
    process.stdin.close()
    until(lambda: instance.parts.landing.waiting() > 0 or stored(instance) > 20, seconds=30)
    instance.valkey.kill()
    until(lambda: '"status": 503' in instance.log("web") or "status=503" in instance.log("web"))
    instance.valkey.start()
    assert process.wait(60) == 0, log.read_text()
    until(lambda: instance.parts.landing.waiting() == 0, seconds=30)
    words = log.read_text()
    accepted = int(re.findall(r"([\d,]+) accepted", words)[-1].replace(",", ""))
    refused = int(re.findall(r"([\d,]+) refused", words)[-1].replace(",", ""))
    again = int(re.findall(r"([\d,]+) batches sent again", words)[-1].replace(",", ""))
    with instance.parts.database.engine.connect() as connection:
        output = connection.exec_driver_sql("SELECT count(*) FROM output").scalar_one()

    assert refused == 0
    assert again > 0
    # A batch whose 202 was lost on the way is stored too: never fewer than were acknowledged.
    assert stored(instance) + output >= accepted > 100
