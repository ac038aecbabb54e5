"""Taking a deed back, as long as nothing of it has left the machine and nothing else has happened since."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from booking_tui.domain.history import Change
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import CONFIGURATION, MailReason
from booking_tui.ports import DeedRefused
from booking_tui.ports.mail_desk import MailDone
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.freezing import unwritten
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail
from booking_tui.store.outbox import UNDONE, rewritten

Part = dict[str, object]
"""What a deed found of one email (``columns``; as what it was ``written``, if the deed has it written anew) and how it
left it (``left``); ``made`` is the revision that took its place, ``along`` an email that went along with a corrected
address. Or ``corrected``, an address."""

_LEFT = "it has left this machine already"
_GONE = "it is not kept any more"
_SINCE: dict[EmailState, str] = {
    EmailState.ACCEPTED: "the provider has it since",
    EmailState.DELAYED: "the provider has it since",
    EmailState.DELIVERED: "it was delivered since",
    EmailState.BOUNCED: "it came back since",
    EmailState.COMPLAINED: "it was marked as spam since",
    EmailState.SUPPRESSED: "the provider has refused the address since",
    EmailState.DEAD: "it has failed for good since",
    EmailState.CANCELLED: "it was called off since",
    EmailState.SKIPPED: "it was skipped since",
}
_PLANNED_SINCE = "another one for the same reason is there since"
_OTHERWISE = "something else has happened to it since"
_BY_THEMSELVES = frozenset({"next_at", "attempts", "changed_at"})
"""Columns that the sender moves while an email waits, and that say nothing new."""
_BY_OTHERS = frozenset({MailReason.HELD_BY_YOU, MailReason.CANCEL_FAILED, MailReason.RESTORED})
"""Reasons for holding that are news; any other only says that nothing can be sent now."""


def looks(stored: StoredEmail) -> dict[str, object]:
    """Give what a deed may change of an email, as JSON values, and by what one sees whether it has been tried since."""
    email = stored.email
    columns: dict[str, object] = {
        "state": email.state.value,
        "reason": email.reason,
        "send_at": to_text(email.send_at),
        "next_at": None if email.next_at is None else to_text(email.next_at),
        "attempts": email.attempts,
        "recipient": email.to,
        "reason_key": email.reason_key,
        "revision": email.revision,
        "own_subject": email.own_subject,
        "own_text": email.own_text,
        "own_address": int(email.own_address),
        "settled": email.settled,
        "settled_at": None if email.settled_at is None else to_text(email.settled_at),
        "call_off": int(stored.call_off),
        "handed_over": int(email.handed_over),
        "provider_id": email.provider_id,
        "certain": int(stored.certain),
        "account": stored.account,
        "reason_before": stored.reason_before,
        "changed_at": to_text(email.updated_at),
    }
    return {"tries": stored.tries, "columns": columns}


def snapshot(stored: StoredEmail) -> Part:
    """Give what ``undo`` puts back of an email."""
    return {"id": stored.id, "columns": looks(stored)["columns"]}


class Undoing:
    """Undoes deeds by what they found."""

    def __init__(self, records: Records, correcting: Correcting) -> None:
        self._records = records
        self._correcting = correcting

    def undo(self, transaction: Transaction, deed_id: str, now: datetime) -> MailDone:
        """Put back each email that is as the deed left it; what happened to the others is told.

        Raises DeedRefused when there is nothing.
        """
        found = self._records.mail_log.take_deed(transaction, deed_id)
        if found is None:
            raise DeedRefused("there is nothing to undo any more")
        done: list[str] = []
        refused: list[tuple[str, str]] = []
        uids: dict[str, None] = {}
        # Addresses last: what the bookings want with those of before finds the emails as they were, and adds none.
        for part in sorted((cast("Part", part) for part in found[1]), key=lambda part: "corrected" in part):
            if not done and ("along" in part or "corrected" in part):
                continue  # they belong to the one email that was edited
            if "corrected" in part:
                kept = cast("dict[str, object]", part["corrected"])
                uids |= dict.fromkeys(self._correcting.restore(transaction, kept, at=now))
                continue
            why = self._put_back(transaction, part, found[0], now)
            if why is not None:
                refused.append((str(part["id"]), why))
            elif "along" not in part:
                done.append(str(part["id"]))
        emails = [each.email for each in (self._records.outbox.one(transaction, one) for one in done) if each]
        if any(email.state is EmailState.HELD and email.reason in CONFIGURATION for email in emails):
            # The settings may have been mended meanwhile, which is told only once.
            Pauses(self._records).forget_account(transaction)
        own = {email.booking_uid for email in emails}
        return MailDone(tuple(done), tuple(refused), readdressed=tuple(uid for uid in uids if uid not in own))

    def _put_back(self, transaction: Transaction, part: Part, deed: str, now: datetime) -> str | None:
        """Put one email back; gives why it stays as it is, None when it was put back."""
        stored = self._records.outbox.one(transaction, str(part["id"]))
        if stored is None:
            return _GONE
        columns, why = cast("dict[str, object]", part["columns"]), _since(stored, part["left"])
        if "made" in part:
            made = self._records.outbox.one(transaction, str(part["made"]))
            gone = _GONE if made is None else _since(made, part["made_left"])
            if made is None or gone is not None:
                return gone
            self._unmake(transaction, made.id, now)
            if why is not None:
                # It asks again, as what the provider has made of it meanwhile.
                columns = {name: columns[name] for name in ("settled", "settled_at")}
        elif why is not None:
            return why
        if not self._key_is_free(transaction, stored, str(columns.get("reason_key", stored.email.reason_key))):
            return _PLANNED_SINCE
        other = any(columns.get(name, value) != value for name, value in _content(stored).items())
        # What waits and was frozen before the deed was written anew by it: so it is again.
        thawed = unwritten(stored) if other and stored.certain else {}
        written = rewritten(cast("dict[str, object]", part.get("written", {})))
        self._records.outbox.put(transaction, stored.id, {**columns, **thawed, **written}, at=now)
        change = Change(stored.email.booking_uid, "you", "email_deed_undone", {"deed": (deed, None)})
        self._records.history.append(transaction, [change], at=now, email_id=stored.id)
        return None

    def _key_is_free(self, transaction: Transaction, stored: StoredEmail, key: str) -> bool:
        """Say whether an email may have the key back that a deed took from it: another may have been planned since."""
        return key == stored.email.reason_key or not self._records.outbox.has_key(transaction, key)

    def _unmake(self, transaction: Transaction, email_id: str, now: datetime) -> None:
        """Take a new revision back: its reason becomes free for another one."""
        values = {
            "state": EmailState.CANCELLED,
            "reason": MailReason.TAKEN_BACK,
            "next_at": None,
            "reason_key": f"{UNDONE}{email_id}",
        }
        self._records.outbox.put(transaction, email_id, values, at=now)


def _content(stored: StoredEmail) -> dict[str, object]:
    email = stored.email
    return {"recipient": email.to, "own_subject": email.own_subject, "own_text": email.own_text}


def _since(stored: StoredEmail, left: object) -> str | None:
    """Say what has happened to an email since a deed left it; None when nothing has that counts."""
    then, now = cast("dict[str, object]", left), looks(stored)
    if stored.state is EmailState.SENDING or now["tries"] != then["tries"]:
        return _LEFT
    old, new = (cast("dict[str, object]", each["columns"]) for each in (then, now))
    held = stored.state is EmailState.HELD and stored.email.reason not in _BY_OTHERS
    silent = _BY_THEMSELVES | {"state", "reason"} if held else _BY_THEMSELVES
    if all(new[name] == value for name, value in old.items() if name not in silent):
        return None
    return _OTHERWISE if new["state"] == old["state"] else _SINCE.get(stored.state, _OTHERWISE)
