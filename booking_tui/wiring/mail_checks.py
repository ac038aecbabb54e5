"""What ``doctor`` says of emails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from email.utils import parseaddr
from typing import TypeVar

from booking_tui.domain.mail.typos import suggest
from booking_tui.paths import Home
from booking_tui.services.doctor import Check, Finding
from booking_tui.services.mail.lamp import KEY
from booking_tui.services.mail.proof import is_proven
from booking_tui.services.records import Records
from booking_tui.services.status import EngineStatus, LampLevel
from booking_tui.settings import Settings
from booking_tui.store.database import Database
from booking_tui.store.errors import SchemaTooNew, StoreUnavailable
from booking_tui.wiring.homes import is_demo
from booking_tui.wiring.mail import fingerprint, sender_of

T = TypeVar("T")
_GROUP = "Mail"
_WHY_KEY = "confirmations and reminders go out by it"
_WHY_WORD = "without it nobody learns of bounces while they happen"


def mail_checks(home: Home, settings: Settings, status: EngineStatus | None) -> list[Check]:
    """Check what sending needs, what failed, and the templates. Nobody is asked: everything is looked up here."""
    return [*_account(home, settings), *_queue(home, settings, status), *_templates(home)]


def _account(home: Home, settings: Settings) -> list[Check]:
    if is_demo(home):
        return [Check(_GROUP, "key", Finding.OK, "a demo's home: its emails go to a simulator, and it needs no key")]
    if settings.resend.api_key is None:
        found = "no key of Resend is set: emails that are due wait until there is one"
        return [Check(_GROUP, "key", Finding.WARN, found, _WHY_KEY, "booking-tui, then 5, and “Set up sending”")]
    if sender_of(settings) is None:
        found = "a key is set, and nobody to send as"
        return [Check(_GROUP, "key", Finding.FAIL, found, _WHY_KEY, "set resend.from or practice.email")]
    checks = [_key(home, settings), *_sender(settings)]
    if settings.resend.webhook_secret is None:
        found = "none yet: with a key of full access it is made by itself as soon as the tunnel stands"
        help_ = "let the tunnel stand (4, i); with a key that may only send, make it at Resend and set its secret"
        checks.append(Check(_GROUP, "webhook", Finding.WARN, found, _WHY_WORD, help_))
    else:
        checks.append(Check(_GROUP, "webhook", Finding.OK, "its signing secret is set"))
    return checks


def _key(home: Home, settings: Settings) -> Check:
    """Say whether Resend has shown that it knows the key: one that was only set may be any text."""
    found = f"set, and sends as {sender_of(settings)}"
    account = fingerprint(settings) or ""
    if _looked_up(home, settings, lambda records: is_proven(records, account)):
        return Check(_GROUP, "key", Finding.OK, found)
    found = f"{found}; not proven yet: Resend has not answered since this key was set"
    help_ = "let booking-tui run with a connection to the internet: it asks by itself"
    return Check(_GROUP, "key", Finding.WARN, found, "a key that Resend does not know sends nothing", help_)


def _sender(settings: Settings) -> list[Check]:
    """Warn of an address with a likely slip in it: every email would be refused, or its answers go astray."""
    found: list[Check] = []
    for key, text in (("from", sender_of(settings)), ("reply_to", settings.resend.reply_to)):
        address = parseaddr(text or "")[1]
        if address and (meant := suggest(address)):
            why = "Resend sends from no other domain than yours" if key == "from" else "guests' answers would go astray"
            told = f"{address} looks mistyped: did you mean {meant}?"
            own = key == "from" and settings.resend.from_ is None
            do = f"booking-tui, then 5, i; or {'practice.email' if own else f'resend.{key}'} in config.toml"
            found.append(Check(_GROUP, "sender" if key == "from" else "answers", Finding.WARN, told, why, do))
    return found


def _looked_up(home: Home, settings: Settings, question: Callable[[Records], T]) -> T | None:
    """Ask the home's database; None where there is none to ask."""
    path = settings.database.path(home.database)
    if not path.exists():
        return None
    try:
        with closing(Database.open_readonly(path)) as database:
            return question(Records(database))
    except (StoreUnavailable, SchemaTooNew, OSError):
        # What is wrong with the database is said where the database is checked.
        return None


def _queue(home: Home, settings: Settings, status: EngineStatus | None) -> list[Check]:
    groups = _looked_up(home, settings, lambda records: records.outbox.groups())
    if groups is None:
        return []
    failed, planned = groups.get("failed", 0), groups.get("planned", 0)
    lamp = None if status is None else next((lamp for lamp in status.lamps if lamp.key == KEY), None)
    if lamp is not None and lamp.level is LampLevel.BAD:
        return [Check(_GROUP, "queue", Finding.FAIL, f"{lamp.text}: {lamp.detail}", _WHY_KEY, "booking-tui, then 5")]
    if failed:
        found = f"{failed} failed, {planned} planned"
        why = "somebody may be waiting for what did not arrive"
        return [Check(_GROUP, "queue", Finding.WARN, found, why, "booking-tui emails list --group failed")]
    return [Check(_GROUP, "queue", Finding.OK, f"nothing failed, {planned} planned")]


def _templates(home: Home) -> list[Check]:
    if not home.templates.is_dir():
        return []
    from booking_tui.services.mail.writing import MailTemplates

    problems = MailTemplates(home.templates).problems(elsewhere=True)
    why = "guests read another text than the one you wrote"
    found = [Check(_GROUP, "template", Finding.WARN, problem, why, "mend the file") for problem in problems]
    return found or [Check(_GROUP, "templates", Finding.OK, "your own can be used")]
