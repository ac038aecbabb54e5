"""Orders on emails, as they travel between two processes of the same person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from booking_tui.domain.history import Plain
from booking_tui.domain.instants import from_text, to_text
from booking_tui.ports import DeedRefused
from booking_tui.services.deed_kinds import Deed, Fields

if TYPE_CHECKING:
    from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade, MailDone, MailOrder


def _write_order(order: MailOrder) -> dict[str, Plain]:
    return {
        "deed": order.deed,
        "ids": list(order.ids),
        "to": order.to,
        "subject": order.subject,
        "text": order.text,
        "until": None if order.until is None else to_text(order.until),
        "on": order.on,
        "even_so": order.even_so,
        "as_typed": order.as_typed,
        "grace_s": order.grace_s,
        "undo": order.undo,
    }


def _read_order(fields: Fields) -> MailOrder:
    from booking_tui.ports.mail_desk import MailOrder

    return MailOrder(
        deed=fields.text("deed"),
        ids=fields.texts("ids"),
        to=fields.maybe_text("to"),
        subject=fields.maybe_text("subject"),
        text=fields.maybe_text("text"),
        until=_instant(fields, "until"),
        on=fields.flag("on"),
        even_so=fields.flag("even_so"),
        as_typed=fields.flag("as_typed"),
        grace_s=fields.maybe_number("grace_s") or 0.0,
        undo=fields.maybe_text("undo"),
    )


def _write_done(done: MailDone) -> Plain:
    refused: list[Plain] = [[email_id, why] for email_id, why in done.refused]
    return {
        "done": list(done.done),
        "refused": refused,
        "made": list(done.made),
        "undo": done.undo,
        "leaves_at": None if done.leaves_at is None else to_text(done.leaves_at),
        "readdressed": list(done.readdressed),
        "notes": list(done.notes),
        "likely": done.likely,
    }


def _read_done(fields: Fields) -> MailDone:
    from booking_tui.ports.mail_desk import MailDone

    result = fields.part("result")
    return MailDone(
        done=result.texts("done"),
        refused=result.pairs("refused"),
        made=result.texts("made"),
        undo=result.maybe_text("undo"),
        leaves_at=_instant(result, "leaves_at"),
        readdressed=result.texts("readdressed"),
        notes=result.texts("notes"),
        likely=result.maybe_text("likely"),
    )


def _instant(fields: Fields, name: str) -> datetime | None:
    text = fields.maybe_text(name)
    try:
        return None if text is None else from_text(text)
    except ValueError as error:
        raise DeedRefused(f"“{name}” must be an instant with its offset") from error


MAIL: Deed[MailOrder, MailDone] = Deed(
    "mail", lambda desk, order: desk.mail(order), _write_order, _read_order, _write_done, _read_done
)


def _write_choice(choice: MailChoiceMade) -> dict[str, Plain]:
    return {
        "api_key": choice.api_key,
        "sender": choice.sender,
        "reply_to": choice.reply_to,
        "confirm": choice.confirm,
        "reminders": None if choice.reminders is None else list(choice.reminders),
    }


def _read_choice(fields: Fields) -> MailChoiceMade:
    from booking_tui.ports.mail_desk import MailChoiceMade

    return MailChoiceMade(
        api_key=fields.maybe_text("api_key"),
        sender=fields.maybe_text("sender"),
        reply_to=fields.maybe_text("reply_to"),
        confirm=None if fields.any("confirm") is None else fields.flag("confirm"),
        reminders=None if fields.any("reminders") is None else fields.texts("reminders"),
    )


def _write_account(found: MailAccountFound) -> Plain:
    return {
        "sender": found.sender,
        "domain": found.domain,
        "domain_status": found.domain_status,
        "reads": found.reads,
        "asked": found.asked,
        "warnings": list(found.warnings),
    }


def _read_account(fields: Fields) -> MailAccountFound:
    from booking_tui.ports.mail_desk import MailAccountFound

    result = fields.part("result")
    return MailAccountFound(
        sender=result.maybe_text("sender"),
        domain=result.maybe_text("domain"),
        domain_status=result.maybe_text("domain_status"),
        reads=result.flag("reads"),
        asked=result.flag("asked"),
        warnings=result.texts("warnings"),
    )


SET_UP_MAIL: Deed[MailChoiceMade, MailAccountFound] = Deed(
    "set_up_mail",
    lambda desk, choice: desk.set_up_mail(choice),
    _write_choice,
    _read_choice,
    _write_account,
    _read_account,
)
