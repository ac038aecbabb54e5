"""The senders of webhooks: how each one's deliveries are checked, read, explained and shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from booking_tui.domain.decision import FOR_GOOD, Decision, World
from booking_tui.domain.webhook import Verdict, WebhookEvent, is_private_header
from booking_tui.ports import SignatureCheck, WebhookSource
from booking_tui.providers.calcom import signature
from booking_tui.providers.calcom.signature import CalcomSignature, SignatureExplanation
from booking_tui.settings import Settings
from booking_tui.wiring.live_secrets import LiveSecrets
from booking_tui.wiring.mail import LiveMail

CALCOM = "calcom"
RESEND = "resend"
_SIGNED = ("id", "timestamp", "signature")
Sign = Callable[[str, bytes], Sequence[tuple[str, str]]]
"""Makes the signature headers of one sender's body."""
_EXCHANGE_HEADERS = frozenset(
    {
        *("host", "connection", "content-length", "transfer-encoding", "accept", "accept-encoding", "user-agent"),
        *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-booking-tui-resend"),
    }
)
"""What describes the exchange and not the delivery: it has no place in a fixture."""


def signature_check(settings: Settings) -> SignatureCheck:
    """Give the check of Cal.com's signature by the secrets live now."""
    return CalcomSignature(settings.calcom.webhook_secrets, allow_unsigned=settings.calcom.allow_unsigned)


def sources(
    settings: Settings,
    retired: Sequence[str] = (),
    live: LiveSecrets | None = None,
    mail: LiveMail | None = None,
) -> Mapping[str, WebhookSource]:
    """Give every sender by name. ``retired`` secrets are only known for explaining.

    ``live`` and ``mail`` follow the settings files; without ``live`` the secrets stay those of the settings, without
    ``mail`` the sender of emails is not among them.
    """
    known = live or LiveSecrets(settings)

    def sign(body: bytes) -> tuple[tuple[str, str], ...]:
        secret = next(iter(known.secrets), None)
        return () if secret is None else (("X-Cal-Signature-256", signature.sign(secret, body)),)

    calcom = WebhookSource(
        name=CALCOM,
        check=known,
        trigger_of=_trigger_of,
        dedup_key=_dedup_key,
        interpret=_interpret,
        sign=sign,
        signature_headers=frozenset({signature.HEADER}),
        explain=lambda event: _explained(known.secrets, event, retired),
        mask=_mask,
        refresh=known.look,
    )
    return {calcom.name: calcom, **({} if mail is None else {RESEND: _resend(mail)})}


def _resend(mail: LiveMail) -> WebhookSource:
    return WebhookSource(
        name=RESEND,
        check=mail.check,
        trigger_of=_mail_trigger_of,
        dedup_key=_mail_dedup_key,
        interpret=_interpret_mail,
        sign=mail.sign,
        signature_headers=frozenset({f"{family}{part}" for family in ("svix-", "webhook-") for part in _SIGNED}),
        explain=mail.explain,
        mask=_mask_mail,
        check_again=mail.check_again,
        refresh=mail.refresh,
    )


def _mail_trigger_of(body: bytes) -> str | None:
    from booking_tui.providers.resend.reader import trigger_of

    return trigger_of(body)


def _mail_dedup_key(headers: Sequence[tuple[str, str]], body: bytes) -> str:
    from booking_tui.providers.resend.signature import dedup_key

    return dedup_key(headers, body)


def _interpret_mail(body: bytes, headers: Mapping[str, str], world: World, test: bool) -> Decision:
    """Read what the sender of emails says; the bookings stay as they are."""
    del headers, world, test
    from booking_tui.providers.resend.reader import read_events, trigger_of

    try:
        events = read_events(body)
    except ValueError as error:
        return Decision(parked=f"{error}{FOR_GOOD}", trigger=trigger_of(body))
    if not events:
        return Decision(trigger=trigger_of(body), ignored="it says nothing of an email's way")
    return Decision(trigger=trigger_of(body), mail=events)


def _mask_mail(body: bytes) -> bytes:
    from booking_tui.providers.resend.masking import mask

    return mask(body)


# What reads bodies is imported with the first delivery: the first frame does without.


def _trigger_of(body: bytes) -> str | None:
    from booking_tui.providers.calcom.reader import trigger_of

    return trigger_of(body)


def _dedup_key(headers: Sequence[tuple[str, str]], body: bytes) -> str:
    del headers
    from booking_tui.providers.calcom.reader import dedup_key

    return dedup_key(body)


def _interpret(body: bytes, headers: Mapping[str, str], world: World, test: bool) -> Decision:
    from booking_tui.providers.calcom.reader import interpret

    return interpret(body, headers, world, test)


def _mask(body: bytes) -> bytes:
    from booking_tui.providers.calcom.masking import mask

    return mask(body)


def explain_signature(settings: Settings, event: WebhookEvent, retired: Sequence[str] = ()) -> SignatureExplanation:
    """Say why an event's signature was or was not accepted, by the secrets of these settings."""
    return _explained(settings.calcom.webhook_secrets, event, retired)


def _explained(secrets: Sequence[str], event: WebhookEvent, retired: Sequence[str]) -> SignatureExplanation:
    why = signature.explain(event.headers, event.body, secrets, retired)
    kept, whole = len(event.body), event.body_bytes
    if kept >= whole or why.verdict is not Verdict.INVALID or why.got is None or len(why.got) != len("0" * 64):
        return why
    # What is left of the body proves nothing about the signature over all of it.
    return replace(
        why,
        expected=(),
        likely=f"the signature was wrong; only the first {kept:,} of {whole:,} bytes were kept, so not why",
        do="compare the webhook's secret at Cal.com with calcom.webhook_secrets, and let it send again",
    )


def masked(event: WebhookEvent) -> WebhookEvent:
    """Give an event with the secrets in its body and headers blotted out."""
    from booking_tui.providers.calcom import masking

    headers = tuple((name, masking.MASK if is_private_header(name) else value) for name, value in event.headers)
    body = masking.mask(event.body) if event.source == CALCOM else _mask_mail(event.body)
    return replace(event, headers=headers, body=body)


def fixture(settings: Settings, event: WebhookEvent, sign: Sign | None = None) -> WebhookEvent:
    """Give an event for keeping elsewhere: secrets blotted out, what belongs to the exchange left out, signed anew.

    ``sign`` makes the signature headers of a sender's body; without it the secrets of the settings do. Without a live
    secret the event keeps the signature it came with, which then matches nothing.
    """
    hidden = masked(event)
    make: Sign = sign or (lambda _, body: sources(settings)[CALCOM].sign(body))
    signed = tuple(make(CALCOM, hidden.body)) if event.source == CALCOM else ()
    dropped = _EXCHANGE_HEADERS | ({signature.HEADER} if signed else frozenset[str]())
    kept = tuple((name, value) for name, value in hidden.headers if name.lower() not in dropped)
    return replace(hidden, headers=(*kept, *signed), body_bytes=len(hidden.body))
