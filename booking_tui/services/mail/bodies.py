"""The bodies that go out: frozen ones as they are, others written before the claim from what was read in one.

Writing may take its time (templates are a person's own), and the writer's transactions keep everybody waiting. So a
look that needs something written says so and claims nothing; the next one takes it, if it would still be the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from booking_tui.domain.booking import Booking
from booking_tui.domain.instants import to_text
from booking_tui.domain.mail.email import CANCELLED, DECLINED, MOVED, Email
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports.mail import MailAccount, TemplateBroken
from booking_tui.services.mail.freezing import (
    HANDOFF_FROM,
    KnowsBookings,
    Order,
    day_of,
    fresh_key,
    is_for_later,
    order_of,
    told_by,
    write,
)
from booking_tui.services.mail.hearing import Heard, heard
from booking_tui.services.mail.times import minutes_left
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction
from booking_tui.store.email_rows import StoredEmail

_OF_BEFORE = frozenset({MOVED, CANCELLED, DECLINED})
"""What speaks of a time that the guest knows."""
logger = logging.getLogger(__name__)


class Unwritable(Exception):  # noqa: N818 - it names what happened
    """An email cannot be written: why in a word, and in the words of what went wrong."""

    def __init__(self, reason: MailReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Frozen(NamedTuple):
    """A body as it goes out. ``columns`` are those of the email that are new with it, ``key`` its key if that is."""

    body: bytes
    columns: Mapping[str, object] = {}
    key: str | None = None


class Draft(NamedTuple):
    """What was written of an order; ``body`` is None when it could not be."""

    order: Order
    body: bytes | None
    subject: str = ""
    problem: Unwritable | None = None


def draft(order: Order, account: MailAccount) -> Draft:
    """Write an email. Never raises: whatever goes wrong with one must not stop the others."""
    try:
        return Draft(order, *write(order, account))
    except TemplateBroken as error:
        problem = Unwritable(MailReason.TEMPLATE_BROKEN, str(error))
    except ValueError as error:
        problem = Unwritable(MailReason.NO_ADDRESS, str(error))
    except Exception as error:
        logger.exception("email %s cannot be written", order.email.id)
        problem = Unwritable(MailReason.TEMPLATE_BROKEN, f"{type(error).__name__}: {error}"[:500])
    return Draft(order, None, problem=problem)


class Bodies:
    """Gives bodies inside a claiming transaction. ``drafts`` are what was written ahead, by the email's id.

    Without ``ahead`` what is not there is written at once; with it, it is among ``orders`` afterwards.
    """

    def __init__(
        self,
        records: Records,
        transaction: Transaction,
        world: KnowsBookings,
        now: datetime,
        drafts: Mapping[str, Draft],
        *,
        ahead: bool,
    ) -> None:
        self._records = records
        self._transaction = transaction
        self._world = world
        self._now = now
        self._drafts = drafts
        self._ahead = ahead
        self._told: dict[str, Heard] = {}
        self.orders: list[Order] = []

    def of(self, stored: StoredEmail, account: MailAccount) -> Frozen | None:
        """Give the body of an email; None when it has to be written first. Raises Unwritable."""
        order = order_of(stored.email, account, self._world, self._now, heard=self._heard(stored.email))
        try:
            frozen = self._records.claims.frozen(self._transaction, stored.id)
        except ValueError as error:
            raise Unwritable(MailReason.NO_ADDRESS, str(error)) from error
        if frozen is not None and not self._outdated(stored, frozen, order, account):
            return Frozen(frozen)
        known = self._drafts.get(stored.id)
        if known is None or not known.order.same(order):
            if self._ahead:
                self.orders.append(order)
                return None
            known = draft(order, account)
        if known.body is None:
            raise known.problem or Unwritable(MailReason.TEMPLATE_BROKEN, "it could not be written")
        columns: dict[str, object] = {
            "subject": known.subject,
            "told": told_by(order.matter.booking),
            "written_for": to_text(known.order.matter.now),
        }
        return Frozen(known.body, columns, None if frozen is None else fresh_key(stored))

    def _heard(self, email: Email) -> Booking | None:
        """Give the booking as the guest was told of it last, for what speaks of that; None when that is not sure."""
        uid = email.booking_uid if email.kind in _OF_BEFORE else None
        booking = None if uid is None else self._world.booking(uid)
        if booking is None:
            return None
        if booking.uid not in self._told:
            # Once for a whole group: what is claimed meanwhile are notices to others.
            self._told[booking.uid] = heard(self._records, self._transaction, booking)
        return self._told[booking.uid].as_heard(email.to)

    def _outdated(self, stored: StoredEmail, frozen: bytes, order: Order, account: MailAccount) -> bool:
        """Say whether a body must not go out any more as it is, nothing of which may have gone out.

        It asks the provider to send at a time that has come, tells what is no longer so, or tells of ``tomorrow`` or of
        ``in 1 hour`` late.
        """
        if not stored.certain:
            return False
        if is_for_later(frozen) and stored.email.send_at - self._now < HANDOFF_FROM:
            return True
        if stored.told not in {None, told_by(order.matter.booking)}:
            return True
        written = stored.written_for
        if written is None:
            return False
        start = None if order.matter.booking is None else order.matter.booking.start
        then, now = ((None if start is None else minutes_left(start, at)) for at in (written, order.matter.now))
        return then != now or day_of(order.matter, written, account) != order.day
