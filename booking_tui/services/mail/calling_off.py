"""Calling an email off at the provider, which is to send it later."""

from __future__ import annotations

from dataclasses import replace

from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import state_of
from booking_tui.domain.mail.email import EmailState
from booking_tui.ports.mail import MailProvider, MailRefused


def call_off(provider: MailProvider, provider_id: str) -> Answer:
    """Have it cancelled there. What is refused because it is cancelled already (that answer was lost) is done, too."""
    answer = provider.cancel(provider_id)
    if answer.accepted or answer.phase is not Phase.ANSWERED or answer.status not in {400, 404, 422}:
        return answer
    try:
        remote = provider.read(provider_id)
    except MailRefused:
        return answer
    over = remote is not None and state_of(f"email.{remote.last_event}") is EmailState.CANCELLED
    return replace(answer, ids=(provider_id,)) if over else answer
