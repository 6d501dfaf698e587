"""Who may pass where: every route says so, and this list says it once more."""

from flask import Flask

from app.web.guards import Guard
from app.web.problems import API

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
    "GET /stops": "signed in",
    "POST /lines/<slug>/stops/<starts_at>/reason": "operator",
    "POST /lines/<slug>/planned-stop": "supervisor",
    "POST /lines/<slug>/planned-stop/ending": "supervisor",
    "GET /api/v1/lines": "signed in",
    "GET /api/v1/lines/<slug>": "signed in",
    "PATCH /api/v1/lines/<slug>": "supervisor",
    "GET /api/v1/lines/<slug>/readings": "signed in",
    "GET /api/v1/lines/<slug>/alerts": "signed in",
    "GET /api/v1/lines/<slug>/stops": "signed in",
    "PUT /api/v1/lines/<slug>/stops/<starts_at>/reason": "operator",
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
    "GET /stop-reasons": "supervisor",
    "POST /stop-reasons": "supervisor",
    "GET /stop-reasons/<int:number>": "supervisor",
    "POST /stop-reasons/<int:number>": "supervisor",
    "POST /stop-reasons/<int:number>/position": "supervisor",
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
    "GET /api/v1/lines/<slug>/stops": "read",
    "PUT /api/v1/lines/<slug>/stops/<starts_at>/reason": "calls",
    "GET /api/v1/lines": "read",
    "GET /api/v1/lines/<slug>": "read",
    "GET /api/v1/lines/<slug>/readings": "read",
    "GET /api/v1/lines/<slug>/calls": "read",
    "POST /api/v1/lines/<slug>/calls": "calls",
    "PATCH /api/v1/lines/<slug>": "lines",
}


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
