"""What ``doctor`` says of emails."""

from __future__ import annotations

from contextlib import closing

from booking_tui.paths import Home
from booking_tui.services.doctor import Check, Finding
from booking_tui.services.mail.lamp import KEY
from booking_tui.services.records import Records
from booking_tui.services.status import EngineStatus, LampLevel
from booking_tui.settings import Settings
from booking_tui.store.database import Database
from booking_tui.store.errors import SchemaTooNew, StoreUnavailable
from booking_tui.wiring.mail import sender_of

_GROUP = "Mail"
_WHY_KEY = "confirmations and reminders go out by it"
_WHY_WORD = "without it nobody learns of bounces while they happen"


def mail_checks(home: Home, settings: Settings, status: EngineStatus | None) -> list[Check]:
    """Check what sending needs, what failed, and the templates. Nobody is asked: everything is looked up here."""
    return [*_account(settings), *_queue(home, settings, status), *_templates(home)]


def _account(settings: Settings) -> list[Check]:
    if settings.resend.api_key is None:
        found = "no key of Resend is set: emails that are due wait until there is one"
        return [Check(_GROUP, "key", Finding.WARN, found, _WHY_KEY, "booking-tui, then 5, and “Set up sending”")]
    if sender_of(settings) is None:
        found = "a key is set, and nobody to send as"
        return [Check(_GROUP, "key", Finding.FAIL, found, _WHY_KEY, "set resend.from or practice.email")]
    checks = [Check(_GROUP, "key", Finding.OK, f"set, and sends as {sender_of(settings)}")]
    if settings.resend.webhook_secret is None:
        found = "none yet: with a key of full access it is made by itself as soon as the tunnel stands"
        help_ = "let the tunnel stand (4, i); with a key that may only send, make it at Resend and set its secret"
        checks.append(Check(_GROUP, "webhook", Finding.WARN, found, _WHY_WORD, help_))
    else:
        checks.append(Check(_GROUP, "webhook", Finding.OK, "its signing secret is set"))
    return checks


def _queue(home: Home, settings: Settings, status: EngineStatus | None) -> list[Check]:
    path = settings.database.path(home.database)
    if not path.exists():
        return []
    try:
        with closing(Database.open_readonly(path)) as database:
            groups = Records(database).outbox.groups()
    except (StoreUnavailable, SchemaTooNew, OSError):
        # What is wrong with the database is said where the database is checked.
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

    problems = MailTemplates(home.templates).problems()
    why = "the last good version is used meanwhile"
    found = [Check(_GROUP, "template", Finding.WARN, problem, why, "mend the file") for problem in problems]
    return found or [Check(_GROUP, "templates", Finding.OK, "your own can be used")]
