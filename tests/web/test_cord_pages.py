"""The cord's pages and its API: what they show, to whom, and what they refuse."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.config import Config
from app.factory import create_app
from app.parts import Parts, build_parts
from tests.builders import Plant, csrf_token
from tests.web.browsers import Browser, cookie, post

API = "/api/v1/lines/press/calls"
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
def otto(browser: Browser) -> FlaskClient:
    return browser("otto")


def pull(client: FlaskClient, reason: str = "safety", line: str = "press", **more: str) -> int:
    return post(client, f"/lines/{line}/calls", station="s1", reason=reason, **more)


def api(client: FlaskClient, body: object, **but: object) -> TestResponse:
    headers = {"X-CSRF-Token": csrf_token(client, "/account/password")}
    return client.post(API, **({"json": body, "headers": headers} | but))


def test_a_second_critical_call_is_refused_by_name_and_link(otto: FlaskClient) -> None:
    pull(otto)
    form = {"station": "s1", "reason": "maintenance", "csrf_token": csrf_token(otto, "/")}
    page = otto.post("/lines/press/calls", data=form)
    problem = otto.post("/lines/press/calls", data=form, headers={"Accept": "application/json"})

    assert (page.status_code, problem.status_code) == (409, 409)
    assert "Press has critical call 1 open already: Safety at Station 1." in page.text
    assert 'href="/lines/press#call-1">See call 1</a>' in page.text
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["type"] == "urn:andon:problem:call-already-open"
    assert problem.get_json()["call"] == {"id": 1, "url": "/lines/press#call-1"}
    assert 'id="call-1"' in otto.get("/lines/press").text


def test_words_are_shown_and_never_run(browser: Browser, otto: FlaskClient) -> None:
    pull(otto, note=SCRIPT)
    post(otto, "/calls/1/acknowledgement", note=SCRIPT)
    post(otto, "/calls/1/handover", note=SCRIPT)
    vera = browser("vera")
    pages = [vera.get(path).text for path in ("/lines/press", "/handover")]

    assert [page.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") for page in pages] == [
        4,
        3,
    ]
    assert not any(SCRIPT in page for page in pages)


@pytest.mark.parametrize("path", ["acknowledgement", "resolution", "handover"])
def test_what_one_does_to_a_call_wants_a_role_a_token_and_few_words(
    browser: Browser, otto: FlaskClient, path: str
) -> None:
    pull(otto)
    viewer, stranger = browser("vera"), browser()
    statuses = [
        post(viewer, f"/calls/1/{path}"),
        stranger.post(f"/calls/1/{path}", data={"csrf_token": csrf_token(stranger)}).status_code,
        otto.post(f"/calls/1/{path}").status_code,
        post(otto, f"/calls/1/{path}", note="x" * 301),
        post(otto, f"/calls/99/{path}"),
        post(otto, f"/calls/{2**40}/{path}"),
        post(otto, f"/calls/1/{path}", note="On my way"),
    ]

    assert statuses == [403, 401, 400, 422, 404, 404, 303]


def test_every_page_shows_a_call_at_once_and_no_longer_than_it_is_open(
    browser: Browser, otto: FlaskClient
) -> None:
    ada = browser("ada")

    def shown(number: int, *words: str) -> set[bool]:
        paths = ("/", "/lines/weld", "/account/sessions", "/people", "/handover")
        return {is_in_the_bar(ada.get(path).text, number, *words) for path in paths}

    for number in (1, 2):
        assert shown(number) == {False}
        pull(otto)
        assert shown(number, "Nobody yet") == {True}
        post(otto, f"/calls/{number}/acknowledgement")
        assert shown(number, "Otto is on it") == {True}
        post(otto, f"/calls/{number}/resolution")
        assert shown(number) == {False}


def is_in_the_bar(page: str, number: int, *words: str) -> bool:
    bar = page[page.index("data-alarms-list") : page.index('<template data-template="alarm"')]
    return f'href="/lines/press#call-{number}"' in bar and all(each in bar for each in words)


def test_the_bar_has_the_most_urgent_first(otto: FlaskClient) -> None:
    for reason in ("help", "safety", "quality"):
        pull(otto, reason)
    page = otto.get("/").text
    bar = page[page.index("data-alarms-list") :]

    assert "3 open calls" in page
    assert bar.index("Safety") < bar.index("Help") < bar.index("Quality")


def test_a_stranger_sees_no_bar(browser: Browser, otto: FlaskClient) -> None:
    pull(otto)

    assert "data-alarms" not in browser().get("/sign-in").text


def test_a_page_that_needs_no_database_is_there_without_the_bars_calls(
    config: Config, parts: Parts, otto: FlaskClient
) -> None:
    while otto.get("/account/password").headers["X-Cache"] != "near":
        pass
    away = replace(config, database_url="postgresql://nobody:secret@127.0.0.1:1/nothing")
    lost = create_app(config, build_parts(away)).test_client()
    lost.set_cookie("andon-session", cookie(otto))
    parts.redis.delete(*(key for key in parts.redis.scan_iter("*open-calls-of-plant*")))
    page = lost.get("/account/password")

    assert page.status_code == 200
    assert "Open calls are not known just now" in page.text


def test_the_handover_says_who_did_what_and_who_took_over(
    browser: Browser, otto: FlaskClient, parts: Parts
) -> None:
    pull(otto, note="Oil on the floor")
    post(otto, "/calls/1/acknowledgement", note="Fetching sand")
    with parts.database.transaction() as session:
        session.execute(text("UPDATE call SET raised_at = raised_at - interval '3 hours'"))
    answer = post(browser("ada"), "/calls/1/handover", note="Half is done")
    page = browser("vera").get("/handover").text

    assert answer == 303
    assert 'action="/calls/1/handover?plant=north"' in otto.get("/handover?plant=north").text
    assert 'Otto raised it: <q class="words">Oil on the floor</q>' in page
    assert 'Otto acknowledged it: <q class="words">Fetching sand</q>' in page
    assert 'Ada took it over: <q class="words">Half is done</q>' in page
    assert "3 h 0 min" in page
    assert "/calls/1/handover" not in page  # a viewer takes nothing over

    post(otto, "/calls/1/resolution")

    assert "Nothing is left open" in otto.get("/handover").text


def test_the_audit_knows_the_address(parts: Parts, otto: FlaskClient) -> None:
    pull(otto)
    with parts.database.transaction() as session:
        assert session.execute(text("SELECT address FROM audit")).scalars().all() == ["127.0.0.1"]


def test_a_program_raises_a_call_and_reads_it(otto: FlaskClient) -> None:
    raised = api(otto, {"station": "s1", "type": "quality", "note": "Burrs"})
    post(otto, "/calls/1/acknowledgement")
    facts = otto.get(API).get_json()
    (call,) = facts["calls"]

    assert (raised.status_code, raised.location) == (201, "/lines/press#call-1")
    assert raised.get_json() == {"id": 1, "line": "press", "type": "quality"}
    assert (call["type"], call["type_name"], call["raised_note"]) == ("quality", "Quality", "Burrs")
    assert (call["acknowledged_by"], call["response_in_time"]) == ("Otto", True)
    assert call["response_seconds"] <= call["resolution_seconds"] < 60
    assert [each["slug"] for each in facts["types"]][:2] == ["safety", "maintenance"]
    assert facts["types"][0]["response_minutes"] == 1


BAD: list[tuple[object, int, str]] = [
    ({"station": "s1"}, 422, "bad-call"),
    ({"station": "s1", "type": "quality", "by": "ada"}, 422, "bad-call"),
    ({"station": "s\0", "type": "quality"}, 422, "bad-call"),
    ({"station": "s1", "type": "quality", "note": 5}, 422, "bad-call"),
    ({"station": "s1", "type": "quality", "note": "x" * 301}, 422, "note-too-long"),
    ({"station": "s1", "type": "tea"}, 422, "no-such-reason"),
    ({"station": "s9", "type": "quality"}, 404, "no-such-station"),
    ([], 422, "bad-call"),
]


def test_a_bad_call_is_a_problem(otto: FlaskClient) -> None:
    for body, status, code in BAD:
        answer = api(otto, body)
        problem = answer.get_json()

        assert (answer.status_code, problem["type"]) == (status, f"urn:andon:problem:{code}"), body
        assert answer.mimetype == "application/problem+json"


def test_what_is_no_json_or_comes_from_another_site_is_refused(otto: FlaskClient) -> None:
    token = {"X-CSRF-Token": csrf_token(otto, "/account/password")}
    good = {"station": "s1", "type": "quality"}
    answers = [
        otto.post(API, data="{", content_type="application/json", headers=token),
        otto.post(API, data=good, headers=token),
        otto.post(API, json=good),
        otto.post(API, json=good, headers=token | {"Sec-Fetch-Site": "cross-site"}),
        otto.get("/api/v1/lines/nowhere/calls"),
    ]

    assert [answer.status_code for answer in answers] == [400, 415, 400, 400, 404]
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}


def test_the_api_says_who_may(browser: Browser, plant: Plant) -> None:
    vera, stranger = browser("vera"), browser()
    answers = [stranger.get(API), api(vera, {"station": "s1", "type": "help"}), vera.get(API)]

    assert [answer.status_code for answer in answers] == [401, 403, 200]
    assert answers[0].mimetype == "application/problem+json"
