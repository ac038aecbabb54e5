"""All that works on emails, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports import Clock, DeedRefused, Ids
from booking_tui.ports.mail import MailAccount, MailSetup
from booking_tui.services.facts import HEALTH, Fact, FactBus
from booking_tui.services.mail.at_ingest import MailAtIngest
from booking_tui.services.mail.catch_up import CatchUp
from booking_tui.services.mail.correcting import Correcting
from booking_tui.services.mail.deeds import MailDeeds
from booking_tui.services.mail.following import Following
from booking_tui.services.mail.lamp import MailHealth
from booking_tui.services.mail.planning import MailChoice, Planner
from booking_tui.services.mail.proof import Answered, KeyProof
from booking_tui.services.mail.replanning import Replanning
from booking_tui.services.mail.sender import MailSender
from booking_tui.services.records import Records


def nothing_set_up() -> MailAccount | None:
    """Give no way to send."""
    return None


def nothing_to_close() -> None:
    """Let go of nothing."""


@dataclass(frozen=True, slots=True)
class MailSource:
    """What the settings say of emails, asked anew each time, and where the signing secrets of webhooks are kept."""

    setup: MailSetup = nothing_set_up
    choice: Callable[[], MailChoice] = field(default=MailChoice)
    keep_secret: Callable[[str], None] | None = None
    secrets: Callable[[], Iterable[str]] = tuple
    close: Callable[[], None] = nothing_to_close
    answered: Answered | None = None
    """Whether the provider has shown that it knows an account's key; None where nobody can say."""
    broken: Callable[[], tuple[str, ...]] = tuple
    """What is wrong with the practice's own templates, in sentences; cheap, and loads nothing where there are none."""


class Mailroom:
    """The emails of one home: planned while deliveries are applied, sent by one thread, followed, and worked on."""

    def __init__(
        self,
        records: Records,
        source: MailSource,
        clock: Clock,
        ids: Ids,
        bus: FactBus,
        *,
        demo: bool = False,
        public_url: Callable[[], str | None] = lambda: None,
        holder: str | None = None,
    ) -> None:
        """``holder`` names this home at this machine: killed and started again, it need not wait for itself."""
        self._source = source
        self._proof = KeyProof(records, source.answered)
        self.planner = Planner(records, source.choice, demo=demo)
        self.at_ingest = MailAtIngest(self.planner, Following(records))
        self.sender = MailSender(
            records, source.setup, source.choice, clock, bus, holder=holder or ids.new(), between=self._between
        )
        self.catch_up = CatchUp(
            records,
            clock,
            bus,
            public_url=public_url,
            taken_in=self._taken_in,
            keep_secret=source.keep_secret,
            secrets=source.secrets,
            undisturbed=self.sender.undisturbed,
        )
        self._replanning = Replanning(records, self.planner, source.choice, clock, bus)
        self.deeds = MailDeeds(
            records, Correcting(records, self.planner), clock, bus, ask=self._ask, wake=self.sender.wake
        )
        self.wake_ingest: Callable[[], None] = lambda: None
        self._records = records
        self._clock = clock
        self._bus = bus
        self._health = MailHealth()

    @property
    def health(self) -> MailHealth:
        """How the emails were doing at the last look. Asks memory only."""
        trouble = self.sender.trouble
        return self._health if trouble is None else self._health._replace(trouble=trouble)

    def start(self) -> None:
        """Begin to send."""
        self.sender.start()

    def stop(self, deadline_s: float) -> None:
        """End after the request that is under way."""
        self.sender.stop(deadline_s)
        self._source.close()

    def _between(self, account: MailAccount | None, slept: bool) -> None:
        self._replanning.run()
        self.catch_up(account, slept)
        self.look(account)

    def look(self, account: MailAccount | None) -> None:
        """Find out how the emails are doing."""
        groups = self._records.outbox.groups(("failed", "planned", "retrying"))
        found = MailHealth(
            configured=account is not None,
            failed=groups.get("failed", 0),
            not_set_up=self._records.outbox.held_count(MailReason.NOT_CONFIGURED),
            planned=groups.get("planned", 0),
            retrying=groups.get("retrying", 0),
            standstill=self.sender.standstill(),
            trouble=self.sender.trouble,
            deaf=None if account is None else self.catch_up.deaf(account),
            unproven=account is not None and not self._proof.holds(account.account),
            broken=self._source.broken(),
        )
        if found != self._health:
            self._health = found
            self._bus.publish(Fact(HEALTH, "mail", self._clock.now()))

    def _taken_in(self) -> None:
        self.wake_ingest()

    def _ask(self, question: Callable[[MailAccount], None]) -> None:
        account = self._source.setup()
        if account is None:
            raise DeedRefused("no key for sending is set: set RESEND_API_KEY and resend.from")
        with self.sender.undisturbed():
            question(account)
