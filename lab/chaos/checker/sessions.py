"""No session is lost, and none comes back."""

from collections.abc import Sequence

from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import SEE_OTHER, Event, SignedIn, SignedOut, Visited


def kept(history: Sequence[Event]) -> Verdict:
    """Whoever was signed in is let in, until they ask to be signed out.

    «Not now» (503, or no answer) is felt, and loses nothing.
    """
    since = {s.session: s.ended for s in of_kind(history, SignedIn) if s.status == SEE_OTHER}
    until: dict[str, float] = {}
    for out in of_kind(history, SignedOut):
        until[out.session] = min(out.began, until.get(out.session, out.began))
    visits = [
        visit
        for visit in of_kind(history, Visited)
        if since.get(visit.session, float("inf")) <= visit.began
        and visit.ended < until.get(visit.session, float("inf"))
        and visit.let_in is not None
    ]
    wrong = [
        f"{visit.session} was sent away by {visit.via} with {visit.status}"
        f" {visit.began - since[visit.session]:.1f} s after signing in"
        for visit in visits
        if not visit.let_in
    ]
    sessions = len({visit.session for visit in visits})
    return verdict(
        "Nobody is signed out by a fault",
        counted=len(visits),
        of=f"visits of {sessions} sessions",
        wrong=wrong,
    )


def passwords(history: Sequence[Event]) -> Verdict:
    """Who gives the right password is let in, or told that this is not possible just now."""
    tries = of_kind(history, SignedIn)
    wrong = [
        f"{one.session} gave the right password, and was answered {one.status}"
        for one in tries
        if one.status != SEE_OTHER and not one.failed
    ]
    let_in = sum(one.status == SEE_OTHER for one in tries)
    return verdict(
        "The right password is never called wrong",
        counted=let_in,
        of=f"of {len(tries)} let in",
        wrong=wrong,
    )


def ended(history: Sequence[Event]) -> Verdict:
    """Who was signed out, or was sent away after asking for it, is never let in again."""
    over: dict[str, float] = {}
    asked: set[str] = set()
    for out in of_kind(history, SignedOut):
        asked.add(out.session)
        if out.status == SEE_OTHER:
            over[out.session] = min(out.ended, over.get(out.session, out.ended))
    visits = sorted(of_kind(history, Visited), key=lambda visit: visit.ended)
    for visit in visits:
        if visit.session in asked and visit.let_in is False:
            over[visit.session] = min(visit.ended, over.get(visit.session, visit.ended))
    after = [
        visit
        for visit in visits
        if visit.began > over.get(visit.session, float("inf")) and visit.let_in is not None
    ]
    wrong = [
        f"{visit.session} was let in by {visit.via} {visit.began - over[visit.session]:.1f} s"
        " after its end"
        for visit in after
        if visit.let_in
    ]
    sessions = len({visit.session for visit in after})
    return verdict(
        "Who has signed out stays out",
        counted=len(after),
        of=f"visits of {sessions} sessions",
        wrong=wrong,
    )
