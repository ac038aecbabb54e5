"""Setting emails up: the key is tried at the provider first, and only what it can be sent with is written down."""

from __future__ import annotations

from email.utils import parseaddr

from booking_tui.domain.mail.answer import Phase
from booking_tui.domain.secret_words import redact_any
from booking_tui.paths import Home
from booking_tui.ports import Clock, DeedRefused
from booking_tui.ports.mail import MailProvider, MailRefused
from booking_tui.ports.mail_desk import MailAccountFound, MailChoiceMade
from booking_tui.settings import Settings, load_anyway
from booking_tui.wiring.config_file import check_value, overruled_by, write_section
from booking_tui.wiring.live_settings import with_environment
from booking_tui.wiring.mail import sender_of

OWN_ADDRESS_DOMAIN = "resend.dev"
KEY_PAGE = "https://resend.com/api-keys"
DOMAINS_PAGE = "https://resend.com/domains"
_FOR = {"Send as": "send from", "Answers to": "send answers to"}
_AGAIN = "It is tried again by itself, and with the first email."
_UNREAD = (
    "This key may only send: make a webhook at Resend to the address of Hooks, ending in /webhooks/resend, and put its"
    " secret into RESEND_WEBHOOK_SECRET, else nobody tells what became of emails. A key with full access does it all."
)


def set_up_mail(home: Home, settings: Settings, clock: Clock, choice: MailChoiceMade) -> MailAccountFound:
    """Try the key at the provider, then write what was chosen into ``config.toml``.

    Raises DeedRefused with what is wrong; nothing is written then. What cannot be asked now is a warning only.
    """
    written = _checked(choice)
    for section, values in written.items():
        for name in values:
            if where := overruled_by(home, settings, f"{section}.{name}"):
                raise DeedRefused(f"{section}.{name} comes from {where}: change it there, it would overrule this")
    found = _tried(_as_it_would_be(home, settings, choice), clock)
    for section, values in written.items():
        if values:
            write_section(home, section, values)
    return found


def _checked(choice: MailChoiceMade) -> dict[str, dict[str, object]]:
    resend: dict[str, object] = {}
    email: dict[str, object] = {}
    if choice.api_key is not None:
        resend["api_key"] = _key(choice.api_key)
    if choice.sender is not None:
        resend["from"] = choice.sender.strip()
    if choice.reply_to is not None:
        resend["reply_to"] = choice.reply_to.strip() or None
    if choice.confirm is not None:
        email["confirmation"] = choice.confirm
    if choice.reminders is not None:
        email["reminders"] = list(choice.reminders)
    written = {"resend": resend, "email": email}
    _check(choice)
    return written


def _check(choice: MailChoiceMade) -> None:
    """Refuse what cannot be, in the form in which the sheet's fields take it; each refusal begins with its field."""
    for label, address in (("Send as", choice.sender), ("Answers to", choice.reply_to)):
        key = "resend.from" if label == "Send as" else "resend.reply_to"
        if address is not None and (address.strip() or label == "Send as") and not _can_be(key, address.strip()):
            such = "Robin Sample <robin@example.com>" if label == "Send as" else "robin@example.com"
            raise DeedRefused(f"{label}: “{_short(address)}” is no address to {_FOR[label]}; write one such as {such}")
    reminders = choice.reminders or ()
    for offset in reminders:
        if not _can_be("email.reminders", (offset,)):
            raise DeedRefused(
                f"Reminders: “{_short(offset)}” is no time before the meeting; write such as 24h, 1h, 30m"
            )
    if twice := next((offset for offset in reminders if reminders.count(offset) > 1), None):
        raise DeedRefused(f"Reminders: {twice} stands there twice")


def _can_be(key: str, value: object) -> bool:
    try:
        check_value(key, value)
    except DeedRefused:
        return False
    return True


def _short(text: str) -> str:
    line = " ".join(redact_any(text).split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _key(text: str) -> str:
    """Give a key as it is pasted, without what surrounds it on the provider's page or in a shell."""
    key = text.strip().removeprefix("export ").removeprefix("RESEND_API_KEY=").strip("\"' \t")
    if any(char.isspace() for char in key) or not key.isprintable() or not key.isascii():
        raise DeedRefused("Key: a key has no blanks in it; copy it once more, in one piece")
    if not key.startswith("re_"):
        raise DeedRefused(f"Key: a key of Resend begins with re_; {KEY_PAGE} makes one")
    return key


def _as_it_would_be(home: Home, settings: Settings, choice: MailChoiceMade) -> Settings:
    now = with_environment(load_anyway(home.root, {})[0], settings, ("practice", "resend"))
    if choice.api_key is not None:
        now = now.with_values("resend", api_key=_key(choice.api_key))
    if choice.sender is not None:
        now = now.with_values("resend", from_=choice.sender.strip())
    return now


def _tried(settings: Settings, clock: Clock) -> MailAccountFound:
    sender = sender_of(settings)
    if settings.resend.api_key is None:
        raise DeedRefused(f"Key: a key of Resend is needed; {KEY_PAGE} makes one")
    if sender is None:
        raise DeedRefused("Send as: an address to send from is needed, such as Robin Sample <robin@example.com>")
    domain = parseaddr(sender)[1].rpartition("@")[2].lower()
    from booking_tui.providers.resend.client import ResendProvider

    provider = ResendProvider(settings.resend.api_key, clock, settings.resend.api_url)
    try:
        return _asked(provider, sender, domain)
    finally:
        provider.close()


def _asked(provider: MailProvider, sender: str, domain: str) -> MailAccountFound:
    try:
        domains = {name.lower(): status for name, status in provider.domains().items()}
    except MailRefused as refused:
        return _unasked(refused, sender, domain)
    warnings: list[str] = []
    status = domains.get(domain)
    if domain == OWN_ADDRESS_DOMAIN:
        warnings.append(
            "From resend.dev Resend delivers to your own address only: add a domain of your own for real guests."
        )
    elif status is None:
        good = ", ".join(name for name, known in sorted(domains.items()) if known == "verified")
        instead = f", or send from one that is verified: {good}" if good else ""
        warnings.append(f"{domain} is not among this account's domains: add it at {DOMAINS_PAGE}{instead}.")
    elif status != "verified":
        warnings.append(f"{domain} is {status.replace('_', ' ')} at Resend: finish its records at {DOMAINS_PAGE}.")
    return MailAccountFound(sender, domain, status, reads=True, asked=True, warnings=tuple(warnings))


def _unasked(refused: MailRefused, sender: str, domain: str) -> MailAccountFound:
    answer = refused.answer
    if answer.name == "restricted_api_key" and answer.status == 401:
        return MailAccountFound(sender, domain, asked=True, warnings=(_UNREAD,))
    if answer.phase is Phase.ANSWERED and answer.status in {401, 403}:
        raise DeedRefused(f"Key: Resend refuses this key ({answer.name or answer.status}); make another at {KEY_PAGE}")
    if answer.phase is Phase.ANSWERED:
        trouble = f"Resend has trouble of its own just now (it answered {answer.status})"
    elif answer.status is not None:
        trouble = "something else answered in Resend's place, such as the login page of a network"
    else:
        trouble = f"Resend could not be reached ({refused})"
    return MailAccountFound(sender, domain, warnings=(f"{trouble}. {_AGAIN}",))
