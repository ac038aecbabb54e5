"""What the API's lists hold, read into the program's values; an entry that lacks what counts is left out."""

from __future__ import annotations

from booking_tui.domain.mail.answer import RemoteEmail
from booking_tui.domain.mail.email import Suppression
from booking_tui.providers.calcom.fields import Fields, text_of
from booking_tui.providers.resend.answers import is_id
from booking_tui.providers.resend.reader import addresses_of, instant

_SUBJECT_LIMIT = 1_000


def email_of(fields: Fields) -> RemoteEmail | None:
    """Read an email (GET /emails and /emails/{id})."""
    found, last_event, created_at = fields.get("id"), text_of(fields, "last_event"), instant(fields.get("created_at"))
    if not isinstance(found, str) or not is_id(found) or last_event is None or created_at is None:
        return None
    return RemoteEmail(
        id=found,
        to=tuple(addresses_of(fields, "to")),
        subject=text_of(fields, "subject", _SUBJECT_LIMIT) or "",
        last_event=last_event,
        created_at=created_at,
        scheduled_at=instant(fields.get("scheduled_at")),
    )


def suppression_of(fields: Fields) -> Suppression | None:
    """Read an entry of the suppression list (GET /suppressions); ``provider_id`` is the entry's own id."""
    address = next(iter(addresses_of(fields, "email")), None)
    since = instant(fields.get("created_at"))
    if address is None or since is None:
        return None
    return Suppression(address, text_of(fields, "origin", 100) or "", since, text_of(fields, "id"))
