"""Emails as the settings want them now: who sends, who writes, which are planned."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from booking_tui.clock import SystemClock
from booking_tui.domain.webhook import SignatureFinding, Verdict, WebhookEvent
from booking_tui.paths import Home
from booking_tui.ports import Clock, DeedRefused, SignatureReport
from booking_tui.settings import Settings
from booking_tui.wiring.config_file import overruled_by, write_section
from booking_tui.wiring.file_marks import marks_below
from booking_tui.wiring.live_settings import LiveSettings

if TYPE_CHECKING:
    from booking_tui.ports.mail import MailAccount, MailWriting
    from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade
    from booking_tui.providers.resend.client import ResendProvider
    from booking_tui.providers.resend.signature import StandardWebhooks
    from booking_tui.services.mail.mailroom import MailSource
    from booking_tui.services.mail.planning import MailChoice
    from booking_tui.services.mail.writing import MailTemplates

logger = logging.getLogger(__name__)

SECTIONS = ("practice", "email", "resend")
Voice = tuple[str, str | None, str, str | None]


class LiveMail:
    """Follows the settings. Without ``follow`` they stay as given (a demo's do). Safe to use from any thread."""

    def __init__(self, home: Home, settings: Settings, clock: Clock, *, follow: bool = True) -> None:
        self._home = home
        self._clock = clock
        self._given = settings
        self._follow = follow
        self.settings = LiveSettings(settings, home if follow else None, SECTIONS)
        self._lock = Lock()
        self._kept: tuple[str, ...] = ()
        """The signing secret of a demo, which has no file to keep it in."""
        self._account: MailAccount | None = None
        self._provider: tuple[tuple[str, str], ResendProvider] | None = None
        self._writing: tuple[Voice, MailWriting] | None = None
        self._templates: MailTemplates | None = None
        self._proven: str | None = None
        """The account that the provider answered for when it was set up."""
        self._signed_by: tuple[tuple[str, ...], StandardWebhooks] | None = None

    def source(self) -> MailSource:
        """Give what an engine needs of the settings."""
        from booking_tui.services.mail.mailroom import MailSource

        return MailSource(
            self.account,
            self.choice,
            self.keep_secret,
            self.secrets,
            self.close,
            answered=self.answered,
            broken=self.broken_templates,
        )

    def close(self) -> None:
        """Let go of the provider's connections."""
        with self._lock:
            provider, self._provider, self._account = self._provider, None, None
        if provider is not None:
            provider[1].close()

    def choice(self) -> MailChoice:
        """Give which emails are wanted."""
        from booking_tui.domain.mail.timing import MailPolicy
        from booking_tui.services.mail.planning import MailChoice

        chosen = self.settings().email
        policy = MailPolicy(chosen.confirmation, tuple(chosen.reminders), chosen.follow_up)
        return MailChoice(policy, chosen.handoff == "provider")

    def account(self) -> MailAccount | None:
        """Give how to send now; None while there is no key or nobody to send as."""
        settings = self.settings()
        sender, key = sender_of(settings), settings.resend.api_key
        if key is None or sender is None:
            return None
        # All that a body is written from is among it: what is written and surely not sent is written anew. Templates
        # are, too: what was held because one was broken is tried again once it is mended.
        files = marks_below(self._home.templates)
        by = (sender, reply_to_of(settings), voice_of(settings))
        said = (key, settings.resend.api_url, by, settings.email.handoff, files)
        mark = hashlib.sha256(repr(said).encode()).hexdigest()[:16]
        with self._lock:
            known = self._account
            writing = self._written(settings)
            # A signing secret comes by itself and changes nothing of what is sent: it is not part of the mark.
            same = known is not None and known.mark == mark and known.hears == bool(self.secrets())
            if known is None or not same or known.writing is not writing:
                self._account = known = self._made(settings, key, sender, writing, mark)
            return known

    def answered(self, account: str) -> bool:
        """Say whether the provider has shown in this run that it knows the key of an account, by its fingerprint."""
        with self._lock:
            if not self._follow or account == self._proven:
                # A demo's simulator was made with its key.
                return True
            made, provider = self._account, self._provider
        return made is not None and made.account == account and provider is not None and provider[1].knows_key

    def broken_templates(self) -> tuple[str, ...]:
        """Say what is wrong with the practice's own templates. Without a folder of them nothing is loaded."""
        if not self._home.templates.is_dir():
            return ()
        with self._lock:
            self._written(self.settings())
            templates = self._templates
        return () if templates is None else tuple(templates.problems())

    def ready(self) -> bool:
        """Say whether it is set how to send."""
        settings = self.settings()
        return settings.resend.api_key is not None and sender_of(settings) is not None

    def writing(self) -> MailWriting:
        """Give what writes emails now."""
        with self._lock:
            return self._written(self.settings())

    def check(self, headers: Sequence[tuple[str, str]], body: bytes) -> SignatureFinding:
        """Check the signature of a webhook by the secret live now."""
        return self._webhooks()(headers, body)

    def check_again(self, event: WebhookEvent) -> SignatureFinding:
        """Check a stored webhook as it was when it came."""
        if event.verdict is Verdict.PULLED:
            return SignatureFinding(Verdict.PULLED)
        return self._webhooks().as_of(event.received_at)(event.headers, event.body)

    def explain(self, event: WebhookEvent) -> SignatureReport:
        """Say why a webhook's signature was or was not accepted."""
        from booking_tui.providers.resend.explanation import explain

        return explain(event.headers, event.body, self.secrets(), event.received_at)

    def sign(self, body: bytes) -> tuple[tuple[str, str], ...]:
        """Make the signature headers of a body; none without a secret."""
        from booking_tui.providers.resend.signature import sign

        secret = next(iter(self.secrets()), None)
        if secret is None:
            return ()
        now = self._clock.now()
        message_id = f"msg_{hashlib.sha256(body + str(now.timestamp()).encode()).hexdigest()[:24]}"
        try:
            return sign(secret, message_id, now, body)
        except ValueError as error:
            raise DeedRefused(str(error)) from error

    def set_up(self, choice: MailChoiceMade) -> MailAccountFound:
        """Try a key, and write down how emails are wanted. Raises DeedRefused."""
        from booking_tui.wiring.mail_setup import set_up_mail

        found = set_up_mail(self._home, self._given, self._clock, choice)
        settings = self.settings.look()
        if found.asked:
            with self._lock:
                self._proven = fingerprint(settings)
        return found

    def no_setup_in_demo(self, choice: MailChoiceMade) -> MailAccountFound:
        """Leave a demo's simulator alone."""
        del choice
        raise DeedRefused("the demo sends to a simulator and keeps it; on your own home this sets real sending up")

    def refresh(self) -> None:
        """Look at the files at once."""
        self.settings.look()

    def keep_secret(self, secret: str) -> None:
        """Keep the signing secret of our webhook at the provider; the one that was set last stays beside it."""
        if not self._follow:
            self._kept = (secret,)
            return
        known = (self.settings.look().resend.webhook_secret or "").split()
        if secret in known:
            return
        if known and (where := overruled_by(self._home, self._given, "resend.webhook_secret")):
            logger.warning("Resend signs with another secret than the one in %s: its webhooks are refused", where)
            return
        try:
            write_section(self._home, "resend", {"webhook_secret": " ".join([secret, *known[:1]])})
        except DeedRefused as error:
            logger.warning("the webhook's signing secret could not be kept: %s", error)
        self.settings.look()

    def secrets(self) -> tuple[str, ...]:
        """Give the signing secrets of our webhook at the provider, the newest first."""
        secret = self.settings().resend.webhook_secret
        return self._kept if secret is None else tuple(secret.split())

    def _webhooks(self) -> StandardWebhooks:
        from booking_tui.providers.resend.signature import StandardWebhooks

        secrets = self.secrets()
        known = self._signed_by
        if known is None or known[0] != secrets:
            known = self._signed_by = (secrets, StandardWebhooks(secrets, self._clock.now))
        return known[1]

    def _made(self, settings: Settings, key: str, sender: str, writing: MailWriting, mark: str) -> MailAccount:
        from booking_tui.ports.mail import MailAccount
        from booking_tui.providers.resend.client import ResendProvider

        said = (key, settings.resend.api_url)
        if self._provider is None or self._provider[0] != said:
            # The one that may be at work now ends by itself; nobody holds it any more then.
            self._provider = (said, ResendProvider(key, self._clock, settings.resend.api_url))
        handoff = settings.email.handoff == "provider"
        account = fingerprint(settings) or ""
        zone = settings.practice.zone
        return MailAccount(
            self._provider[1],
            writing,
            sender,
            reply_to_of(settings),
            handoff,
            mark,
            hears=bool(self.secrets()),
            account=account,
            zone=zone,
        )

    def _written(self, settings: Settings) -> MailWriting:
        said = voice_of(settings)
        if self._writing is None or self._writing[0] != said:
            from booking_tui.services.mail.writing import MailTemplates, MailWriter, Practice

            self._templates = self._templates or MailTemplates(self._home.templates)
            self._writing = (said, MailWriter(Practice(*said), self._templates))
        return self._writing[1]


def mail_writing(home: Home, settings: Settings) -> MailWriting:
    """Give what writes a home's emails; it needs no database."""
    return LiveMail(home, settings, SystemClock(), follow=False).writing()


def fingerprint(settings: Settings) -> str | None:
    """Give what tells the account at the provider from others, and shows nothing of its key; None without a key."""
    said = (settings.resend.api_key, settings.resend.api_url)
    return None if said[0] is None else hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def sender_of(settings: Settings) -> str | None:
    """Give ``Name <address>`` to send as: ``resend.from``, else the practice's own address."""
    if settings.resend.from_ is not None:
        return settings.resend.from_
    practice = settings.practice
    if not practice.email:
        return None
    from booking_tui.services.mail.body import mailbox

    return mailbox(practice.name or "", practice.email)


def voice_of(settings: Settings) -> Voice:
    """Give whom emails speak for: the practice's name, contact, zone and language."""
    practice = settings.practice
    return practice.name or "", contact_of(settings), practice.zone, practice.locale


def contact_of(settings: Settings) -> str | None:
    """Give the address that stands beneath the practice's name: its own, else where answers go or emails come from."""
    from email.utils import parseaddr

    return settings.practice.email or settings.resend.reply_to or parseaddr(settings.resend.from_ or "")[1] or None


def reply_to_of(settings: Settings) -> str | None:
    """Give where answers go: ``resend.reply_to``, else the practice's own address."""
    return settings.resend.reply_to or settings.practice.email
