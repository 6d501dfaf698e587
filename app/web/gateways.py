"""Gateways: an administrator's page of who sends for the machines, and by which token."""

from datetime import UTC, datetime, timedelta

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField

from app.domain import board
from app.domain.accounts import (
    GRACE,
    GatewayTaken,
    gateways,
    make_gateway,
    renew_token,
    revoke_gateway,
)
from app.web import guards
from app.web.forms import Sheet, Words, choices
from app.web.guards import current_operator
from app.web.handed import ask, done_by, parts
from app.web.pages import account_page

log = structlog.get_logger(__name__)

bp = Blueprint("gateways", __name__, url_prefix="/gateways")


class GatewayForm(Sheet):
    """A new gateway."""

    name = StringField("Name", [Words(80)], description="As it is labelled, such as «hall-2».")
    plant = SelectField("Plant")


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        found = gateways(session)
    return account_page(
        "gateways/show.html",
        gateways=found,
        grace_hours=GRACE // timedelta(hours=1),
        moment=datetime.now(UTC),
    )


@bp.get("/new")
@guards.confirmed("admin", back="gateways.new")
def new() -> ResponseReturnValue:
    """The form behind the password, so that nothing is typed before it is asked for."""
    return account_page("gateways/new.html", form=_form())


@bp.post("")
@guards.confirmed("admin", back="gateways.new")
def make() -> ResponseReturnValue:
    form = _form()
    if form.validate():
        try:
            with parts().database.transaction() as session:
                token = make_gateway(session, **form.values, by=done_by(current_operator().id))
        except GatewayTaken as refusal:
            form.name.errors = [f"{refusal}."]
        else:
            return _shown_once(form.name.data, token, "gateway.made")
    return account_page("gateways/new.html", form=form), 422


@bp.post("/<int:gateway_id>/token")
@guards.confirmed("admin", back="gateways.show")
def renew(gateway_id: int) -> ResponseReturnValue:
    """Another token; the old one is good for a day more, or ends at once if it may be known."""
    grace = timedelta(0) if request.form.get("at_once") else GRACE
    by = done_by(current_operator().id)
    with parts().database.transaction() as session:
        gateway, token = renew_token(session, gateway_id, grace=grace, by=by)
    return _shown_once(gateway.name, token, "gateway.token_renewed", until=gateway.last_token_until)


@bp.post("/<int:gateway_id>/revocation")
@guards.confirmed("admin", back="gateways.show")
def revoke(gateway_id: int) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        gateway = revoke_gateway(session, gateway_id, by=done_by(current_operator().id))
    log.info("gateway.revoked", gateway=gateway.name, by=current_operator().id)
    return redirect(url_for("gateways.show", _anchor=f"gateway-{gateway_id}"), 303)


def _form() -> GatewayForm:
    form = GatewayForm()
    with parts().database.transaction() as session:
        form.plant.choices = choices(
            (each.slug, each.name) for each in board.plants(session, ask=ask)
        )
    return form


def _shown_once(
    name: str, token: str, event: str, *, until: datetime | None = None
) -> ResponseReturnValue:
    """The token on this answer and on no other: it is not kept, and nobody on the way keeps it."""
    log.info(event, gateway=name, by=current_operator().id)
    return account_page("gateways/token.html", name=name, token=token, until=until)
