"""What an answer does to the emails it is about: one transaction, by the claim's own token."""

from __future__ import annotations

from datetime import datetime

from booking_tui.domain.history import Change, Changes
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.outcome import Outcome, classify, proves_untaken
from booking_tui.domain.mail.reasons import CONFIGURATION, MailReason
from booking_tui.services.mail.claiming import Work
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.freezing import as_never_handed_over, is_for_later
from booking_tui.services.mail.pauses import PROBED, Pauses
from booking_tui.services.mail.releasing import mended_there
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.outbox_claims import Claimed

_ACTIONS = {
    EmailState.ACCEPTED: "email_sent",
    EmailState.DEAD: "email_failed",
    EmailState.HELD: "email_held",
    EmailState.CANCELLED: "email_cancelled",
    EmailState.UNKNOWN: "email_doubtful",
}


class Settling:
    """Ends claims. Used by the one thread that sends."""

    def __init__(self, records: Records, pauses: Pauses, following: Following) -> None:
        self._records = records
        self._pauses = pauses
        self._following = following

    def one(
        self, transaction: Transaction, claimed: Claimed, answer: Answer, *, jitter: float, now: datetime
    ) -> Outcome:
        """Settle a single email."""
        outcome = self._outcome(claimed, answer, jitter, now)
        provider_id = answer.ids[0] if answer.accepted else None
        self._write(transaction, claimed, answer, outcome, now=now, provider_id=provider_id)
        if outcome.pause is not None:
            self._pauses.pause(transaction, outcome.pause, now)
        return outcome

    def batch(self, transaction: Transaction, work: Work, answer: Answer, *, jitter: float, now: datetime) -> Outcome:
        """Settle a batch: all or none of it was taken."""
        outcome = self._outcome(work.claimed[0], answer, jitter, now)
        # In doubt, an answer that says nothing of the earlier attempt leaves the batch as it is: alone, its emails have
        # other keys, and might arrive twice.
        certain = all(claimed.stored.certain for claimed in work.claimed)
        apart = outcome.state in {EmailState.DEAD, EmailState.HELD} or (certain and proves_untaken(answer))
        if answer.accepted:
            for claimed, provider_id in zip(work.claimed, answer.ids, strict=True):
                self._write(transaction, claimed, answer, outcome, now=now, provider_id=provider_id)
        elif outcome.state is EmailState.DEAD:
            # One of them is at fault: alone, each gets its own answer.
            alone = Outcome(EmailState.RETRYING, MailReason.REJECTED, now, counts=False, pause=None)
            for claimed in work.claimed:
                self._write(transaction, claimed, answer, alone, now=now, apart=True)
        else:
            for claimed in work.claimed:
                self._write(transaction, claimed, answer, outcome, now=now, apart=apart)
        if work.batch is not None and (answer.accepted or apart):
            self._records.claims.drop_batch(transaction, work.batch)
        if outcome.pause is not None:
            self._pauses.pause(transaction, outcome.pause, now)
        return outcome

    def called_off(self, transaction: Transaction, claimed: Claimed, answer: Answer, now: datetime) -> None:
        """Settle an email that was to be cancelled at the provider. One that could not be is loud."""
        email = claimed.stored.email
        failed = email.reason == MailReason.CANCEL_FAILED
        reason = claimed.stored.reason_before if failed else email.reason
        values: dict[str, object] = {"call_off": False, "certain": False, "next_at": None, **_last(answer)}
        stored = self._records.outbox.one(transaction, email.id)
        if stored is not None and stored.state is not EmailState.SENDING:
            # It has gone out meanwhile: what the provider says of its way counts more.
            values = _last(answer)
            self._records.claims.settle(transaction, email.id, claimed.token, values, answer=answer, now=now)
            return
        if answer.accepted and reason in {MailReason.BY_YOU, MailReason.REPLACED}:
            values |= {"state": EmailState.CANCELLED, "reason": reason, "reason_before": None}
            self._tell(transaction, email, EmailState.CANCELLED, reason, now=now)
        elif answer.accepted:
            # Much may have changed meanwhile: whether it is wanted after all is asked before it goes out again.
            values |= {**as_never_handed_over(claimed.stored), "next_at": now, "reason_before": None}
        elif answer.phase is not Phase.ANSWERED or (answer.status or 0) >= 500 or answer.status in {409, 429}:
            again = classify(answer, attempts=claimed.stored.tries, first_attempt_at=now, now=now, jitter=0.0)
            state = EmailState.HELD if failed else EmailState.SCHEDULED
            values |= {"state": state, "call_off": True, "next_at": again.next_at, "reason": email.reason}
            if not failed and not proves_untaken(answer):
                # It may be called off by now: that cannot simply be taken back any more.
                values["reason_before"] = MailReason.NO_ANSWER
        else:
            values |= {"state": EmailState.HELD, "reason": MailReason.CANCEL_FAILED, "reason_before": reason}
            if answer.status in {401, 403} and now < email.send_at:
                # The key lacks a right, or does not count any more: that can be mended until then.
                values |= {"call_off": True, "next_at": min(now + PROBED, email.send_at)}
                self._pause_all(transaction, answer, now)
            self._tell(transaction, email, EmailState.HELD, MailReason.CANCEL_FAILED, now=now)
        self._records.claims.settle(transaction, email.id, claimed.token, values, answer=answer, now=now)

    def mended(self, transaction: Transaction, answer: Answer, now: datetime) -> list[str]:
        """Go on with what waits for the provider, now that it has taken one; gives the emails that changed."""
        if not answer.accepted or self._pauses.refused(transaction) is None:
            return []
        return mended_there(self._records, transaction, now)

    def _pause_all(self, transaction: Transaction, answer: Answer, now: datetime) -> None:
        """Stop sending where a refusal holds for everything; a key that may only send goes on doing that."""
        pause = classify(answer, attempts=1, first_attempt_at=now, now=now, jitter=0.0).pause
        if pause is not None and pause.reason in CONFIGURATION - {MailReason.KEY_RESTRICTED}:
            self._pauses.pause(transaction, pause, now)

    def _outcome(self, claimed: Claimed, answer: Answer, jitter: float, now: datetime) -> Outcome:
        email = claimed.stored.email
        return classify(
            answer,
            attempts=email.attempts + 1,
            first_attempt_at=email.first_attempt_at or now,
            now=now,
            jitter=jitter,
            in_doubt=not claimed.stored.certain,
        )

    def _write(
        self,
        transaction: Transaction,
        claimed: Claimed,
        answer: Answer,
        outcome: Outcome,
        *,
        now: datetime,
        provider_id: str | None = None,
        apart: bool = False,
    ) -> None:
        email = claimed.stored.email
        certain = claimed.stored.certain and proves_untaken(answer)
        values: dict[str, object] = {
            "state": outcome.state,
            "reason": outcome.reason,
            "next_at": outcome.next_at,
            "attempts": email.attempts + int(outcome.counts),
            "certain": certain,
            **_last(answer),
        }
        if outcome.state is EmailState.HELD:
            values["next_at"] = now + PROBED
        if certain:
            # The provider has never seen the key: its life has not begun.
            values["first_attempt_at"] = None
        if apart:
            values["batch_id"] = None
        if provider_id is not None:
            values |= {"provider_id": provider_id, "batch_id": None}
            if is_for_later(claimed.body):
                # Looked at once more: it may have been called off meanwhile, or tell what is no longer so.
                values |= {"state": EmailState.SCHEDULED, "handed_over": True, "next_at": now}
        self._end(transaction, claimed, values, answer, now)
        if provider_id is not None:
            self._following.adopt(transaction, email.id, provider_id, now)

    def _end(
        self, transaction: Transaction, claimed: Claimed, values: dict[str, object], answer: Answer, now: datetime
    ) -> None:
        stored = self._records.outbox.one(transaction, claimed.stored.id)
        if stored is not None and stored.email.provider_id is not None and is_for_later(claimed.body):
            # Its webhook was faster: the provider has it for later, whatever was answered.
            there = {"provider_id": stored.email.provider_id, "state": EmailState.SCHEDULED, "handed_over": True}
            values |= {**there, "reason": None, "next_at": now}
        state = EmailState(str(values["state"]))
        if stored is not None and stored.call_off and not values.get("provider_id"):
            # It was called off while it was on its way, and did not get there.
            over = EmailState.CANCELLED if values["certain"] else EmailState.UNKNOWN
            values |= {"state": over, "reason": MailReason.BOOKING_CHANGED, "next_at": None, "call_off": False}
            state = over
        elif stored is not None and stored.call_off and values.get("handed_over"):
            values |= {"next_at": now, "reason": stored.email.reason or MailReason.BOOKING_CHANGED}
        elif stored is not None and stored.call_off:
            values |= {"call_off": False}
        if stored is not None and stored.state is not EmailState.SENDING:
            # Its webhook was faster than the answer: what the provider says of its way counts more.
            for name in ("state", "reason", "next_at", "last_status", "last_name", "last_message"):
                values.pop(name, None)
        if not self._records.claims.settle(
            transaction, claimed.stored.id, claimed.token, values, answer=answer, now=now
        ):
            return
        reason = values.get("reason")
        self._tell(transaction, claimed.stored.email, state, None if reason is None else str(reason), now=now)

    def _tell(
        self,
        transaction: Transaction,
        email: Email,
        state: EmailState,
        reason: str | None,
        *,
        now: datetime,
    ) -> None:
        action = _ACTIONS.get(state)
        if action is None or (state is email.state and reason == email.reason):
            return
        changes: Changes = {email.kind: (email.state.value, state.value)}
        if reason:
            changes["reason"] = (None, str(reason))
        change = Change(email.booking_uid, "system", action, changes)
        self._records.history.append(transaction, [change], at=now, email_id=email.id)


def _last(answer: Answer) -> dict[str, object]:
    if answer.accepted:
        return {"last_status": answer.status, "last_name": None, "last_message": None}
    return {"last_status": answer.status, "last_name": answer.name, "last_message": answer.message[:1000] or None}
