"""What is noted of gateways: now and then, so that a batch costs the database nothing."""

from datetime import UTC, datetime

import structlog

from app.database import PASSING
from app.domain.accounts import GatewayPass, note_refused, note_seen
from app.web.handed import gatekeeper, parts

log = structlog.get_logger(__name__)


def heard(gateway: GatewayPass) -> None:
    """Note that it was heard, and what gateways were refused lately."""
    if gatekeeper().is_due_to_note(gateway.gateway_id):
        try:
            with parts().database.transaction() as database:
                note_seen(database, gateway.gateway_id, datetime.now(UTC))
        except PASSING as fault:
            log.warning("gateway.not_noted", gateway=gateway.name, fault=type(fault).__name__)
        _write_refused()


def refused(gateway: GatewayPass, why: str) -> None:
    """Count a batch that was refused; the first in a while is written at once."""
    gatekeeper().refused(gateway.gateway_id, why, now=datetime.now(UTC))
    _write_refused()


def _write_refused() -> None:
    taken = gatekeeper().take_refused()
    if not taken:
        return
    try:
        with parts().database.transaction() as database:
            note_refused(database, taken)
    except PASSING as fault:
        gatekeeper().give_back(taken)
        log.warning("gateway.refusals_not_noted", fault=type(fault).__name__)
