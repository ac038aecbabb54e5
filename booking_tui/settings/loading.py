"""Puts the settings together: environment, ``.env``, ``config.toml``, default; the first that says something wins."""

from __future__ import annotations

import stat
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import NamedTuple, cast, get_type_hints

import msgspec

from booking_tui.domain.secret_words import redact_any
from booking_tui.settings.leaves import leaves
from booking_tui.settings.machine import machine_zone
from booking_tui.settings.problems import HIDDEN, Problem, SettingsError
from booking_tui.settings.schema import SECTIONS, Calcom, Listener, Practice, Settings, Tunnel
from booking_tui.settings.sources import Raw, Source, dotenv_file, environment, toml_file, wrong_value

_SECRETS = "calcom.webhook_secrets"


def load(home: Path, environ: MutableMapping[str, str]) -> Settings:
    """Read the settings of a home and take the secrets out of ``environ``. Raises SettingsError."""
    settings, problems = load_anyway(home, environ)
    if problems:
        raise SettingsError(problems)
    return settings


def load_anyway(home: Path, environ: MutableMapping[str, str]) -> tuple[Settings, tuple[Problem, ...]]:
    """Read the settings with defaults in the place of what is wrong: for looking at broken settings. Never raises."""
    problems: list[Problem] = []
    zone = machine_zone(environ)
    sources = (
        environment(environ, problems),
        dotenv_file(home / ".env", problems),
        toml_file(home / "config.toml", problems),
    )
    chosen = _choose(sources)
    values: dict[str, dict[str, object]] = {section: {} for section in SECTIONS}
    origins: dict[str, str] = {}
    for key, raw in chosen.items():
        leaf = leaves()[key]
        try:
            values[leaf.section][leaf.attribute] = leaf.read(raw.value, from_text=raw.from_text)
        except ValueError as error:
            problems.append(wrong_value(leaf, raw, str(error)))
            continue
        origins[key] = raw.where
    _merge_webhook_secrets(values["calcom"], origins, sources, problems)
    if "zone" not in values["practice"]:
        values["practice"]["zone"], origins["practice.zone"] = zone, "this machine"
    hints = get_type_hints(Settings)
    settings = Settings(
        **{section: hints[section](**values[section]) for section in SECTIONS},
        origins=origins,
        warnings=tuple(_readable_by_others(home, origins)),
        near_misses=tuple(each for source in sources for each in source.near_misses),
        configured=_configured(home, origins),
    )
    problems.extend(_contradictions(settings, chosen))
    return settings, tuple(problems)


def _choose(sources: tuple[Source, ...]) -> dict[str, Raw]:
    """Give the winning raw value of each key, in the schema's order; of the webhook secrets only the list."""
    chosen: dict[str, Raw] = {}
    for source in reversed(sources):
        well_known = dict(source.well_known)
        if well_known.pop(_SECRETS, None):
            chosen.pop(_SECRETS, None)
        chosen |= well_known | source.values
    return {key: chosen[key] for key in leaves() if key in chosen}


def _merge_webhook_secrets(
    calcom: dict[str, object], origins: dict[str, str], sources: tuple[Source, ...], problems: list[Problem]
) -> None:
    """Put the blank-separated well-known secrets before the list's of the same place: while rotating, all are live."""
    key = _SECRETS
    listed = cast("tuple[str, ...]", calcom.pop("webhook_secrets", ()))
    speaking = next((source for source in sources if key in source.well_known or key in source.values), None)
    raw = speaking.well_known.get(key) if speaking else None
    merged = (*(str(raw.value).split() if raw else ()), *listed)
    if raw:
        try:
            leaves()[key].read(merged, from_text=False)
        except ValueError as error:
            problems.append(wrong_value(leaves()[key], raw, str(error)))
            return
        origins[key] = f"{origins[key]} and {raw.where}" if key in origins else raw.where
    calcom["webhook_secrets"] = tuple(dict.fromkeys(secret for secret in merged if secret))


def _contradictions(settings: Settings, chosen: dict[str, Raw]) -> list[Problem]:
    """Find what is wrong only in company."""
    found: list[Problem] = []
    listener = settings.listener
    if listener.port == listener.local_port != 0:
        raw = chosen.get(
            "listener.local_port", chosen.get("listener.port", Raw(listener.port, "default", from_text=False))
        )
        wrong = "listener.port is the same, and each needs its own"
        found.append(wrong_value(leaves()["listener.local_port"], raw._replace(value=listener.local_port), wrong))
    tunnel = settings.tunnel
    for kind, key, value in (("url", "public_url", tunnel.public_url), ("command", "command", tunnel.command)):
        if tunnel.kind == kind and value is None and f"tunnel.{key}" not in chosen:
            raw = Raw(None, chosen["tunnel.kind"].where, from_text=False)
            found.append(wrong_value(leaves()[f"tunnel.{key}"], raw, f"tunnel.kind is {kind}, which needs it"))
    return found


def _readable_by_others(home: Path, origins: dict[str, str]) -> list[str]:
    """Warn of files with secrets in them that others on this machine can read."""
    found: list[str] = []
    if sys.platform == "win32":
        return found
    secret_places = [where for key, where in origins.items() if leaves()[key].secret]
    for path in (home / ".env", home / "config.toml"):
        if not any(str(path) in where for where in secret_places):
            continue
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            found.append(f"{path} holds secrets and others can read it ({mode:04o}); mend it with: chmod 600 {path}")
    return found


def _configured(home: Path, origins: dict[str, str]) -> bool:
    files = (home / ".env").exists() or (home / "config.toml").exists()
    return files or any(leaves()[key].secret for key in origins)


class Shown(NamedTuple):
    """One setting for people: plain JSON value with secrets hidden, and where it came from."""

    key: str
    value: object
    origin: str
    allowed: str
    later: bool = False
    """Whether later versions only will use it."""


def describe(settings: Settings) -> list[Shown]:
    """List every setting with its value, secrets hidden."""
    found: list[Shown] = []
    for leaf in leaves().values():
        plain = _plain(getattr(getattr(settings, leaf.section), leaf.attribute))
        if leaf.secret and plain:
            plain = [HIDDEN for _ in cast("list[object]", plain)] if isinstance(plain, list) else HIDDEN
        if leaf.veiled and isinstance(plain, str):
            plain = redact_any(plain)
        found.append(Shown(leaf.key, plain, settings.origins.get(leaf.key, "default"), leaf.allowed, leaf.later))
    return found


def _plain(value: object) -> object:
    """Give a value as JSON has it, lists as lists."""
    return cast("object", msgspec.json.decode(msgspec.json.encode(value)))


def forget_secrets(environ: MutableMapping[str, str]) -> None:
    """Take the secrets out of the environment without using them."""
    environment(environ, [])


def demo_settings(*, secret: str, zone: str, environ: MutableMapping[str, str]) -> Settings:
    """Give settings that know nothing of the real world: free ports, an invented practice, one webhook secret.

    Takes the real secrets out of ``environ`` all the same, so that nothing started from here inherits them.
    """
    forget_secrets(environ)
    return Settings(
        practice=Practice(name="Dr. Robin Vale", email="robin.vale@example.com", zone=zone, locale="en"),
        listener=Listener(port=0, local_port=0),
        tunnel=Tunnel(),
        calcom=Calcom(webhook_secrets=(secret,), api_url="http://127.0.0.1:9"),
        configured=True,
    )
