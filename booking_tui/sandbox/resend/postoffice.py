"""What happens to an email after it was accepted: queued or scheduled, sent, and then each recipient's fate."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from booking_tui.sandbox.resend.account import Account
from booking_tui.sandbox.resend.fates import Fate, Fates
from booking_tui.sandbox.resend.limits import Limits
from booking_tui.sandbox.resend.mailbox import Mailbox
from booking_tui.sandbox.resend.model import Draft, Email, LastEvent, Message, event_data
from booking_tui.sandbox.resend.suppressions import Suppressions
from booking_tui.sandbox.resend.wire import JsonObject, invalid
from booking_tui.sandbox.resend.world import Appointment, World

KEPT = 5_000
HEAVIEST = 96_000_000
QUEUED_S = 1.0
"""How long an item of a batch stays queued."""
DELAYED_S = 1_800.0
COMPLAINED_S = 60.0

_SUPPRESSED: JsonObject = {
    "diagnosticCode": [],
    "message": "Resend has suppressed sending to this address because it is on the account-level suppression list.",
    "reason": "previous_bounce",
    "type": "OnAccountSuppressionList",
}


class PostOffice:
    """All emails of the team. Used under the world's lock."""

    def __init__(
        self,
        world: World,
        account: Account,
        limits: Limits,
        suppressions: Suppressions,
        emit: Callable[[str, JsonObject], None],
        *,
        delivery_s: float,
    ) -> None:
        self.fates = Fates()
        self.mailbox = Mailbox()
        self.delivery_s = delivery_s
        """How long a mail takes when nothing else was decided, in seconds."""
        self._world = world
        self._account = account
        self._limits = limits
        self._suppressions = suppressions
        self._emit = emit
        self._emails: OrderedDict[str, Email] = OrderedDict()
        self._waiting: dict[str, Appointment] = {}
        self._weight = 0

    def emails(self) -> list[Email]:
        """Give every email that is kept, the oldest first."""
        with self._world.lock:
            return list(self._emails.values())

    def get(self, email_id: str) -> Email | None:
        """Give one email."""
        with self._world.lock:
            return self._emails.get(email_id)

    def accept(self, draft: Draft, api_key: str, idempotency_key: str | None, *, batch: bool = False) -> Email:
        """Take an email on; it is sent now, or when it is scheduled."""
        now, email_id = self._world.clock(), self._world.new_id()
        message_id = f"<{email_id[:8]}.{email_id[-12:]}@email.{draft.from_.rpartition('@')[2].rstrip('>')}>"
        email = Email(email_id, message_id, draft, now, api_key, idempotency_key, "queued")
        self._emails[email_id] = email
        self._weight += draft.weight()
        self._trim()
        if draft.scheduled_at is not None:
            email.last_event = "scheduled"
            self._wait_until(email, draft.scheduled_at)
            self._tell(email, "scheduled", draft.recipients())
        elif batch:
            self._limits.count(len(draft.recipients()), now)
            self._world.later(QUEUED_S, lambda: self._send(email))
        else:
            self._limits.count(len(draft.recipients()), now)
            self._send(email)
        return email

    def reschedule(self, email: Email, at: datetime) -> None:
        """Move a scheduled email. Raises `ApiError` 422 for any other."""
        self._stop_waiting(email, "rescheduled")
        self._wait_until(email, at)

    def cancel(self, email: Email) -> None:
        """Cancel a scheduled email, for good. Raises `ApiError` 422 for any other."""
        self._stop_waiting(email, "canceled")
        email.last_event = "canceled"
        email.history.append((self._world.clock(), "canceled", email.draft.recipients()))

    def _wait_until(self, email: Email, at: datetime) -> None:
        email.scheduled_at = at
        self._waiting[email.id] = self._world.at(at, lambda: self._send_scheduled(email))

    def _stop_waiting(self, email: Email, deed: str) -> None:
        appointment = self._waiting.pop(email.id, None)
        if appointment is None:
            raise invalid(f"Only a scheduled email can be {deed}; this one is {email.last_event}.")
        appointment.cancelled = True

    def _send_scheduled(self, email: Email) -> None:
        self._waiting.pop(email.id, None)
        recipients, now = email.draft.recipients(), self._world.clock()
        refusal = self._limits.exceeded(len(recipients), now)
        if not self._account.still_sends(email.api_key):
            self._fail(email, recipients, "api_key_not_active")
        elif refusal is not None:
            self._fail(email, recipients, f"reached_{refusal.name.removesuffix('_exceeded')}")
        else:
            self._limits.count(len(recipients), now)
            self._send(email)

    def _send(self, email: Email) -> None:
        recipients = email.draft.recipients()
        # What would be fetched from an address is never there: this simulator fetches nothing.
        if any(file.content is None for file in email.draft.attachments):
            self._happen(email, "sent", recipients)
            self._fail(email, recipients, "attachment_not_fetched")
            return
        fates = {address: self._fate(address) for address in recipients}
        if going := tuple(address for address, fate in fates.items() if fate.name != "suppress"):
            self._happen(email, "sent", going)
        for address, fate in fates.items():
            self._begin(email, address, fate)

    def _fate(self, address: str) -> Fate:
        return Fate("suppress") if address in self._suppressions else self.fates.of(address)

    def _begin(self, email: Email, address: str, fate: Fate) -> None:
        match fate.name:
            case "suppress":
                self._suppress(email, address)
                return
            case "lose":
                return
            case "delay":
                self._happen(email, "delivery_delayed", (address,))
            case "complain":
                self._after(self.delivery_s, lambda: self._deliver(email, address))
            case _:
                pass
        self._after(self._wait(fate), lambda: self._end(email, address, fate))

    def _wait(self, fate: Fate) -> float:
        if fate.name == "complain":
            return self.delivery_s + (COMPLAINED_S if fate.after_s is None else fate.after_s)
        if fate.after_s is not None:
            return fate.after_s
        return DELAYED_S if fate.name == "delay" else self.delivery_s

    def _after(self, seconds: float, deed: Callable[[], None]) -> None:
        if seconds <= 0:
            deed()
        else:
            self._world.later(seconds, deed)

    def _end(self, email: Email, address: str, fate: Fate) -> None:
        match fate.name:
            case "bounce":
                self._bounce(email, address, remembered=fate.remembered)
            case "soft_bounce":
                self._bounce_softly(email, address)
            case "complain":
                self._complain(email, address, remembered=fate.remembered)
            case "fail":
                self._fail(email, (address,), "rejected_by_provider")
            case _:
                self._deliver(email, address)

    # -- what may happen -----------------------------------------------------------------------------------------

    def _deliver(self, email: Email, address: str) -> None:
        draft = email.draft
        self.mailbox.put(
            Message(
                id=email.id,
                to=draft.to,
                from_=draft.from_,
                subject=draft.subject,
                html=draft.html,
                text=draft.text,
                attachments=draft.attachments,
                tags=draft.tags,
                headers=draft.headers,
                idempotency_key=email.idempotency_key,
                sent_at=self._world.clock(),
                delivered_to=(address,),
                cc=draft.cc,
                bcc=draft.bcc,
                reply_to=draft.reply_to,
            )
        )
        self._happen(email, "delivered", (address,))

    def _bounce(self, email: Email, address: str, *, remembered: bool) -> None:
        told = _bounce("Permanent", "NoEmail", "550 5.1.1", "no such user")
        self._happen(email, "bounced", (address,), {"bounce": told})
        if remembered:
            self._suppressions.add(address, "bounce", email.id)

    def _bounce_softly(self, email: Email, address: str) -> None:
        told = _bounce("Transient", "MailboxFull", "452 4.2.2", "mailbox full")
        self._happen(email, "bounced", (address,), {"bounce": told})

    def _complain(self, email: Email, address: str, *, remembered: bool) -> None:
        self._happen(email, "complained", (address,))
        if remembered:
            self._suppressions.add(address, "complaint", email.id)

    def _suppress(self, email: Email, address: str) -> None:
        row = self._suppressions.find(address)
        why = "previous_complaint" if row is not None and row.origin == "complaint" else "previous_bounce"
        self._happen(email, "suppressed", (address,), {"suppressed": _SUPPRESSED | {"reason": why}})

    def _fail(self, email: Email, recipients: tuple[str, ...], reason: str) -> None:
        self._happen(email, "failed", recipients, {"failed": {"reason": reason}})

    def _happen(self, email: Email, event: LastEvent, to: tuple[str, ...], more: JsonObject | None = None) -> None:
        email.last_event = event
        self._tell(email, event, to, more)

    def _tell(self, email: Email, event: LastEvent, to: tuple[str, ...], more: JsonObject | None = None) -> None:
        email.history.append((self._world.clock(), event, to))
        self._emit(f"email.{event}", event_data(email, to) | (more or {}))

    def _trim(self) -> None:
        for old in list(self._emails.values()):
            if len(self._emails) <= KEPT and self._weight <= HEAVIEST:
                return
            if old.id not in self._waiting and old is not next(reversed(self._emails.values())):
                del self._emails[old.id]
                self._weight -= old.draft.weight()


def _bounce(kind: str, sub_type: str, code: str, words: str) -> JsonObject:
    return {
        "type": kind,
        "subType": sub_type,
        "message": f"The recipient's email server rejected the message: {code} {words}",
        "diagnosticCode": [f"smtp; {code} {words}"],
    }
