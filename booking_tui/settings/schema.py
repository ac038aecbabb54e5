"""Every setting: its name, type, default, and what is allowed, in one place.

The structs are the schema, the defaults and the settings page at once. ``Meta(description=…)`` says what is allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from msgspec import Meta, Struct, field
from msgspec.structs import replace

_SECRET: dict[str, Any] = {"secret": True}

Port = Annotated[int, Meta(ge=0, le=65535, description="a port from 0 to 65535; 0 takes any free one")]
Minutes = Annotated[int, Meta(ge=0, le=525_600, description="minutes, 0 or more")]
Interval = Annotated[int, Meta(ge=1, le=1440, description="minutes from 1 to 1440")]
Url = Annotated[str, Meta(description="an https URL; http on loopback only", extra={"check": "url"})]
Text = Annotated[str, Meta(description="a text in one line", extra={"check": "one_line"})]
CommandLine = Annotated[str, Meta(description="a text in one line", extra={"check": "one_line", "veiled": True})]
Email = Annotated[str, Meta(description="one email address", extra={"check": "email"})]
Zone = Annotated[str, Meta(description="an IANA time zone such as Europe/Berlin", extra={"check": "zone"})]
Secret = Annotated[str, Meta(description="a secret without blanks", extra=_SECRET | {"check": "secret"})]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Blocks = list[tuple[str, str]]


class Section(Struct, frozen=True, kw_only=True):
    """One section; its repr keeps quiet, because it may end in a traceback and some sections hold secrets."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class Practice(Section, frozen=True, kw_only=True):
    """Who runs the practice; the welcome screen asks for it."""

    name: Text | None = None
    email: Email | None = None
    zone: Zone = "UTC"
    locale: Annotated[str, Meta(description="a language such as en or de-AT", extra={"check": "locale"})] | None = None


class Listener(Section, frozen=True, kw_only=True):
    """The HTTP side."""

    host: Annotated[str, Meta(description="an IPv4 address or localhost", extra={"check": "host"})] = "127.0.0.1"
    port: Port = 8377
    local_port: Port = 8378
    max_body: Annotated[int, Meta(ge=1024, le=16_777_216, description="bytes from 1024 to 16777216")] = 262_144
    failed_checks_per_minute: Annotated[int, Meta(ge=1, le=100_000, description="a count from 1 to 100000")] = 60
    allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(description='a list of host names such as ["hooks.example.com"]', extra={"check": "hosts"}),
    ] = ()


class Tunnel(Section, frozen=True, kw_only=True):
    """The way in from outside."""

    kind: Literal["ngrok", "url", "command", "none"] = "ngrok"
    domain: Annotated[str, Meta(description="a host name", extra={"check": "hostname"})] | None = None
    public_url: (
        Annotated[
            str,
            Meta(description="a URL such as https://hooks.example.com, without a path", extra={"check": "origin"}),
        ]
        | None
    ) = None
    command: CommandLine | None = None
    ngrok_path: Text | None = None
    inspect: bool = False
    authtoken: Secret | None = None


class Calcom(Section, frozen=True, kw_only=True):
    """Cal.com."""

    api_url: Url = "https://api.cal.com"
    api_version: Annotated[str, Meta(description="a date such as 2024-08-13", extra={"check": "date"})] = "2024-08-13"
    api_key: Secret | None = None
    reconcile_minutes: Interval = 10
    webhook_secrets: Annotated[
        tuple[str, ...], Meta(description='a list of secrets such as ["…"]', extra=_SECRET | {"check": "secrets"})
    ] = ()
    allow_unsigned: bool = False


class Google(Section, frozen=True, kw_only=True):
    """Google Calendar."""

    api_url: Url = "https://www.googleapis.com"
    auth_url: Url = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: Url = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret
    revoke_url: Url = "https://oauth2.googleapis.com/revoke"
    poll_minutes: Interval = 3
    client_id: Secret | None = None
    client_secret: Secret | None = None


class Resend(Section, frozen=True, kw_only=True):
    """Sending by Resend."""

    api_url: Url = "https://api.resend.com"
    api_key: Secret | None = None
    webhook_secret: Secret | None = None
    from_: (
        Annotated[str, Meta(description="an address such as Name <desk@example.com>", extra={"check": "mailbox"})]
        | None
    ) = field(default=None, name="from")
    reply_to: Email | None = None


class Emails(Section, frozen=True, kw_only=True):
    """Which emails go out."""

    reminders: Annotated[
        tuple[str, ...], Meta(description='a list of offsets such as ["24h", "1h", "30m"]', extra={"check": "offsets"})
    ] = ("24h", "1h")
    confirmation: bool = True
    follow_up: bool = False
    handoff: Literal["local", "provider"] = "local"


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which answers to an invitation block time."""

    tentative_blocks: bool = True
    needs_action_blocks: bool = True


def _office_hours() -> dict[Day, Blocks]:
    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    return {day: [("09:00", "17:00")] for day in days}


class Availability(Section, frozen=True, kw_only=True):
    """When bookings are possible."""

    zone: Zone | None = None
    duration_min: Annotated[int, Meta(ge=1, le=1440, description="minutes from 1 to 1440")] = 60
    step_min: Annotated[int, Meta(ge=1, le=1440, description="minutes from 1 to 1440")] | None = None
    anchor: Literal["block_start", "clock", "calcom"] = "block_start"
    weekly_hours: Annotated[
        dict[Day, Blocks],
        Meta(description='hours by day such as {"mon": [["09:00", "17:00"]]}', extra={"check": "weekly_hours"}),
    ] = field(default_factory=_office_hours)
    date_overrides: Annotated[
        dict[str, Blocks],
        Meta(description='hours by date such as {"2026-12-24": []}', extra={"check": "date_overrides"}),
    ] = field(default_factory=dict[str, Blocks])
    policy: Annotated[
        Policy, Meta(description="a table with tentative_blocks and needs_action_blocks, true or false")
    ] = Policy()
    buffer_before_min: Minutes = 0
    buffer_after_min: Minutes = 0
    min_notice_min: Minutes = 0
    horizon_days: Annotated[int, Meta(ge=0, le=3660, description="days from 0 to 3660")] | None = None
    max_per_day: Annotated[int, Meta(ge=1, le=1000, description="a count from 1 to 1000")] | None = None
    max_per_week: Annotated[int, Meta(ge=1, le=7000, description="a count from 1 to 7000")] | None = None


class Retention(Section, frozen=True, kw_only=True):
    """How long raw webhooks are kept."""

    webhooks_days: Annotated[int, Meta(ge=1, le=36_500, description="days from 1 to 36500")] = 30


class Ui(Section, frozen=True, kw_only=True):
    """How the screens look and answer."""

    theme: Text | None = None
    keymap: Annotated[dict[str, str], Meta(description='keys by command such as {"quit": "ctrl+q"}')] = field(
        default_factory=dict[str, str]
    )
    ascii: bool = False
    compact: bool = False
    privacy: bool = False
    mouse: bool = True


class DatabasePlace(Section, frozen=True, kw_only=True):
    """Where the bookings are kept; None is ``bookings.db`` in the home folder."""

    url: (
        Annotated[
            str,
            Meta(description="sqlite:///path/to/file.db", extra=_SECRET | {"check": "database_url"}),
        ]
        | None
    ) = None

    def path(self, default: Path) -> Path:
        """Give the SQLite file, ``default`` when no URL was set."""
        if self.url is None:
            return default
        return Path(unquote(urlsplit(self.url).path)[1:])


class Log(Section, frozen=True, kw_only=True):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Keys(Section, frozen=True, kw_only=True):
    """Keys that protect what is stored."""

    encryption_key: Secret | None = None


class Settings(Section, frozen=True, kw_only=True):
    """All settings of a home, checked."""

    practice: Practice = Practice()
    listener: Listener = Listener()
    tunnel: Tunnel = Tunnel()
    calcom: Calcom = Calcom()
    google: Google = Google()
    resend: Resend = Resend()
    email: Emails = Emails()
    availability: Availability = field(default_factory=Availability)
    retention: Retention = Retention()
    ui: Ui = field(default_factory=Ui)
    database: DatabasePlace = DatabasePlace()
    log: Log = Log()
    keys: Keys = Keys()
    origins: dict[str, str] = field(default_factory=dict[str, str])
    """Where each value that is not a default came from, by key, in words."""
    warnings: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    """Sentences on variables of ``.env`` that are not read, though they are called nearly like one that is."""
    """What is not wrong but wants to be known (a file with secrets that others may read)."""
    configured: bool = False
    """Whether anybody set up this home yet: a file in it, or a secret in the environment. Else: the welcome screen."""

    def with_values(self, section: str, **values: object) -> Settings:
        """Give a copy in which values of one section are others, unchecked: for what a command's options say."""
        return replace(self, **{section: replace(getattr(self, section), **values)})

    def with_origin(self, key: str, where: str) -> Settings:
        """Give a copy in which a setting comes from somewhere else: for what was just written there."""
        return replace(self, origins=self.origins | {key: where})

    @property
    def public_url(self) -> str | None:
        """Give the address of one's own that the outside world uses, when one was named."""
        return self.tunnel.public_url if self.tunnel.kind == "url" else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give every secret value, for masking."""
        single = (
            self.calcom.api_key,
            self.google.client_id,
            self.google.client_secret,
            self.resend.api_key,
            self.resend.webhook_secret,
            self.tunnel.authtoken,
            self.keys.encryption_key,
        )
        return (*self.calcom.webhook_secrets, *(secret for secret in single if secret))


SECTIONS: tuple[str, ...] = (
    *("practice", "listener", "tunnel", "calcom", "google", "resend", "email"),
    *("availability", "retention", "ui", "database", "log", "keys"),
)
