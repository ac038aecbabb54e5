"""How the emails are doing, for the health strip, for Today and for ``/metrics``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from booking_tui.domain.mail.reasons import MailReason
from booking_tui.domain.mail.words import group_title
from booking_tui.services.mail.pauses import Standstill
from booking_tui.services.status import Lamp, LampLevel

KEY = "mail"
TEMPLATES = "templates"
_BY_ITSELF = frozenset({MailReason.RATE_LIMITED, MailReason.OFFLINE, MailReason.BUSY})


class MailHealth(NamedTuple):
    """The emails at one moment: ``failed`` ask for a person, ``not_set_up`` are those of them that lack a key."""

    configured: bool = False
    failed: int = 0
    not_set_up: int = 0
    planned: int = 0
    retrying: int = 0
    standstill: Standstill | None = None
    trouble: str | None = None
    deaf: str | None = None
    """Why nobody tells what became of emails, in a sentence with what helps; None when somebody does."""
    unproven: bool = False
    """Whether the provider has not answered since the present key was set."""
    broken: tuple[str, ...] = ()
    """What is wrong with the practice's own templates, one sentence each."""
    at: datetime | None = None


def mail_lamp(health: MailHealth) -> Lamp:
    """Say how the emails are doing in a word."""
    still = health.standstill
    if health.trouble is not None:
        return Lamp(KEY, LampLevel.BAD, "mail stopped", f"no email can be sent now: {health.trouble}", health.at)
    if still is not None and still.reason is MailReason.HOLD_ALL:
        return Lamp(
            KEY, LampLevel.WARN, "mail held", "you hold all emails: nothing is sent until you release them", still.since
        )
    if still is not None and still.reason not in _BY_ITSELF:
        detail = f"{group_title(still.reason.value)}; nothing is sent meanwhile"
        return Lamp(KEY, LampLevel.BAD, "mail paused", detail, still.since)
    if health.failed > 0:
        return Lamp(KEY, LampLevel.WARN, f"mail {health.failed} failed", "emails that did not arrive: see Mail (5)")
    return _set_up(health) if health.configured else _not_set_up(health)


def template_lamp(sentences: Sequence[str]) -> Lamp:
    """Say what is wrong with the practice's own templates, one sentence each: whatever else is, guests get others."""
    first, *others = sentences
    more = f"; and {len(others)} more: booking-tui doctor names all" if others else ""
    return Lamp(TEMPLATES, LampLevel.WARN, "template broken", f"template {first.rstrip('.')}{more}")


def _set_up(health: MailHealth) -> Lamp:
    """Say it where nothing asks for a person in a hurry."""
    still = health.standstill
    if health.unproven:
        detail = "Resend has not answered since this key was set; it is asked again by itself, and with the first email"
        return Lamp(KEY, LampLevel.WARN, "mail not proven yet", detail)
    if still is not None:
        return Lamp(
            KEY, LampLevel.QUIET, "mail waits", f"{group_title(still.reason.value)}; it goes on by itself", still.since
        )
    if health.deaf is not None:
        return Lamp(KEY, LampLevel.WARN, "mail, no news", health.deaf)
    if health.retrying:
        return Lamp(KEY, LampLevel.QUIET, f"mail {health.retrying} retrying", "these are tried again by themselves")
    return Lamp(
        KEY, LampLevel.OK, "mail", f"{health.planned:,} planned; all that was sent is on its way or has arrived"
    )


def _not_set_up(health: MailHealth) -> Lamp:
    if health.not_set_up:
        detail = f"{health.not_set_up} could not be sent: no key is set; 5 says how to set one up"
        return Lamp(KEY, LampLevel.WARN, "mail not set up", detail)
    return Lamp(KEY, LampLevel.QUIET, "mail not set up", "confirmations and reminders need a key of Resend: 5 says how")


def mail_gauges(health: MailHealth, requests: int, accepted: int, gauge: Callable[[str, str, float], str]) -> str:
    """Give the emails' figures as Prometheus text."""
    values = (
        ("email_failed", "Emails that ask for a person.", health.failed),
        ("email_planned", "Emails that wait for their time.", health.planned),
        ("email_retrying", "Emails that are tried again by themselves.", health.retrying),
        ("email_requests", "Requests made to the provider since the start.", requests),
        ("email_accepted", "Emails that the provider took since the start.", accepted),
        ("email_paused", "1 while nothing is sent.", int(health.standstill is not None)),
    )
    return "".join(gauge(name, about, value) for name, about, value in values)
