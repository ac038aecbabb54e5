"""Handing over what was claimed: one request, and its answer."""

from __future__ import annotations

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.ports.mail import MailProvider
from booking_tui.services.mail.calling_off import call_off
from booking_tui.services.mail.claiming import Work, WorkKind


def hand_over(provider: MailProvider, work: Work) -> Answer:
    """Ask the provider for what is to be done. Never raises for what it answers."""
    match work.kind:
        case WorkKind.BATCH if work.batch is not None:
            return _checked(provider.send_batch(work.batch.body, work.batch.idempotency_key), len(work.claimed))
        case WorkKind.CALL_OFF:
            return call_off(provider, work.claimed[0].stored.email.provider_id or "")
        case _:
            [claimed] = work.claimed
            return _checked(provider.send(claimed.body, claimed.key), 1)


def _checked(answer: Answer, wanted: int) -> Answer:
    """Take an answer that names another number of emails than were sent for what it is: no answer to this request."""
    if not answer.ids or len(answer.ids) == wanted:
        return answer
    why = f"the answer names {len(answer.ids)} emails, {wanted} were sent"
    return Answer(Phase.UNCERTAIN, answer.status, None, why, limits=answer.limits, raw=answer.raw)
