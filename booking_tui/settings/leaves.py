"""The schema as a list of keys, with what each accepts."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from booking_tui.settings.checks import CHECKS
from booking_tui.settings.schema import SECTIONS, Settings

PREFIX = "BOOKING_TUI_"
WELL_KNOWN: dict[str, str] = {
    "CALCOM_API_KEY": "calcom.api_key",
    "CALCOM_WEBHOOK_SECRET": "calcom.webhook_secrets",
    "RESEND_API_KEY": "resend.api_key",
    "RESEND_WEBHOOK_SECRET": "resend.webhook_secret",
    "GOOGLE_CLIENT_ID": "google.client_id",
    "GOOGLE_CLIENT_SECRET": "google.client_secret",
    "NGROK_AUTHTOKEN": "tunnel.authtoken",
    "BOOKING_TUI_ENCRYPTION_KEY": "keys.encryption_key",
    "DATABASE_URL": "database.url",
}
"""The names under which people have their secrets already, and the keys they stand for."""


_LATER_SECTIONS = frozenset({"google", "availability", "keys"})
_LATER = frozenset(
    {
        *("calcom.api_url", "calcom.api_version", "calcom.api_key", "calcom.reconcile_minutes"),
    }
)


class Leaf(NamedTuple):
    """One key of the schema."""

    key: str
    section: str
    attribute: str
    type: Any
    allowed: str
    choices: tuple[str, ...]
    secret: bool
    veiled: bool
    """Whether the value may hold a secret among other words, such as a token on a command line."""
    check: str | None
    is_text: bool

    @property
    def later(self) -> bool:
        """Whether the key is checked already but used by later versions only."""
        return self.section in _LATER_SECTIONS or self.key in _LATER

    @property
    def variable(self) -> str:
        """Give the environment's name for this key."""
        return f"{PREFIX}{self.key.replace('.', '__', 1).upper()}"

    def read(self, value: object, *, from_text: bool) -> object:
        """Give the value in its type. Raises ValueError with what is wrong; ``from_text`` for environment and .env."""
        if from_text and not self.is_text:
            value = _decode(cast("str", value))
        try:
            result = cast("object", msgspec.convert(value, self.type, strict=True))
        except msgspec.ValidationError:
            raise ValueError("not one of the allowed values" if self.choices else "of the wrong kind") from None
        if self.check and result is not None:
            CHECKS[self.check](result)
        return result


def _decode(text: str) -> object:
    """Read numbers, yes or no, lists and tables written as JSON; other text stays text, for the message."""
    try:
        return msgspec.json.decode(text.strip().lower() if text.strip().lower() in {"true", "false"} else text)
    except msgspec.DecodeError:
        return text


@cache
def leaves() -> dict[str, Leaf]:
    """Give every key of the schema, in its order."""
    sections = get_type_hints(Settings)
    found: dict[str, Leaf] = {}
    for section in SECTIONS:
        for info in msgspec.structs.fields(sections[section]):
            leaf = _leaf(section, info)
            found[leaf.key] = leaf
    return found


def _leaf(section: str, info: msgspec.structs.FieldInfo) -> Leaf:
    plain, meta = _unwrap(info.type)
    extra: dict[str, Any] = (meta.extra if meta else None) or {}
    choices = cast("tuple[str, ...]", get_args(plain)) if get_origin(plain) is Literal else ()
    if choices:
        allowed = ", ".join(choices)
    elif plain is bool:
        allowed = "true or false"
    else:
        allowed = (meta.description if meta else None) or "a text"
    return Leaf(
        key=f"{section}.{info.encode_name}",
        section=section,
        attribute=info.name,
        type=info.type,
        allowed=allowed,
        choices=choices,
        secret=bool(extra.get("secret")),
        veiled=bool(extra.get("veiled")),
        check=extra.get("check"),
        is_text=plain is str or bool(choices),
    )


def _unwrap(kind: object) -> tuple[Any, msgspec.Meta | None]:
    """Give the bare type under Optional and Annotated, with its Meta."""
    if get_origin(kind) in {Union, UnionType}:
        return _unwrap(next(part for part in get_args(kind) if part is not type(None)))
    for part in get_args(kind)[1:]:
        if isinstance(part, msgspec.Meta):
            return get_args(kind)[0], part
    return kind, None
