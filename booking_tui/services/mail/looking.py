"""Looking at what is due: in the writer's transaction, by whoever holds the right to send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from booking_tui.ports import Clock
from booking_tui.ports.mail import MailAccount
from booking_tui.services.mail.bodies import Draft, draft
from booking_tui.services.mail.claiming import SENDER_LEASE, Look, Work, WorkKind
from booking_tui.services.mail.pauses import Pauses
from booking_tui.services.mail.planning import MailChoice
from booking_tui.services.mail.wall import LatestTime
from booking_tui.services.records import Records
from booking_tui.store.database import Transaction

WRITTEN_AHEAD = 3


class Looking:
    """Looks for one process: ``holder`` tells it from others at the same database."""

    def __init__(
        self, records: Records, pauses: Pauses, choice: Callable[[], MailChoice], clock: Clock, *, holder: str
    ) -> None:
        self._records = records
        self._pauses = pauses
        self._choice = choice
        self._clock = clock
        self._holder = holder
        self._latest = LatestTime(records.mail_log, records.claims)
        self._fence: int | None = None

    @property
    def holds(self) -> bool:
        """Whether this process had the right to send at the last look."""
        return self._fence is not None

    def wanted(self, now: datetime, *, due: bool) -> bool:
        """Say whether there is something to look at: what is due, or a clock that has to be watched."""
        set_back = self._latest.was_set_back(now)
        return due or set_back or not self.holds or self._latest.is_to_be_kept(now)

    def look(self, account: MailAccount | None) -> tuple[Work, list[str]]:
        """Look once, and give the emails that changed. What has to be written is, while nobody has to wait for it."""
        drafts: dict[str, Draft] = {}
        written: Counter[str] = Counter()
        work, touched = self._look(account, drafts)
        while work.kind is WorkKind.WRITE and account is not None:
            drafts |= {order.email.id: draft(order, account) for order in work.orders}
            written.update(order.email.id for order in work.orders)
            # What goes on changing while it is written is written inside in the end.
            work, more = self._look(account, drafts if max(written.values()) < WRITTEN_AHEAD else None)
            touched += more
        return work, touched

    def leave(self) -> None:
        """Give the right to send back. Raises StoreUnavailable."""
        self._records.database.write(lambda tx: self._records.claims.let_lease_go(tx, self._holder))

    def _look(self, account: MailAccount | None, drafts: Mapping[str, Draft] | None) -> tuple[Work, list[str]]:
        now, fence = self._clock.now(), self._fence

        def job(transaction: Transaction) -> tuple[int | None, Work, list[str]]:
            taken = self._records.claims.hold_lease(transaction, self._holder, now, SENDER_LEASE)
            if taken is None:
                return None, Work(WorkKind.NOTHING), []
            look = Look(
                self._records,
                transaction,
                account,
                self._choice(),
                now,
                stopped=self._pauses.stops(now, transaction),
                mute=self._pauses.stops_everything(now, transaction),
                drafts=drafts,
            )
            look.rescue(all_of_them=taken != fence)
            set_back = self._latest.was_set_back(now)
            if set_back:
                look.set_back()
            if set_back or self._latest.is_to_be_kept(now):
                self._latest.keep(transaction, now)
            return taken, look.look(), look.touched

        self._fence, work, touched = self._records.database.write(job)
        return work, touched
