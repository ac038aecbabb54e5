"""Writing which tunnel a person chose into the home's files, as if they had typed it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import NoReturn, cast

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused, TunnelSetup
from booking_tui.settings import Settings, load_anyway
from booking_tui.wiring.config_file import check_value, drop_empty_section, overruled_by, write_section
from booking_tui.wiring.public_addresses import host_name, origin

KINDS = ("ngrok", "url", "command", "none")
LABELS = {"domain": "Fixed address", "public_url": "Address", "command": "Command", "authtoken": "Authtoken"}
"""What the fields of the set-up sheet are called, by the settings they write."""
_WRITTEN = ("kind", "domain", "public_url", "command", "inspect")
_NEEDED = {
    "url": ("public_url", "type the address that leads here, such as https://hooks.example.com"),
    "command": ("command", "type the command that opens it, such as cloudflared with what follows it"),
}


def set_up_tunnel(home: Home, settings: Settings, setup: TunnelSetup) -> Callable[[], None]:
    """Write the choice into ``config.toml``, keeping the rest of it, and the authtoken into the agent's own file.

    Gives what puts everything back as it was. Raises DeedRefused with what is wrong; nothing is written then.
    """
    wanted = _checked(setup)
    _refuse_overruled(home, settings, wanted | ({"authtoken": setup.authtoken} if setup.authtoken else {}))
    token, section, was_there = _token_file(home), _section(home), home.config.exists()
    if setup.authtoken:
        _keep_token(home, setup.authtoken.strip())
    try:
        write_section(home, "tunnel", wanted)
    except DeedRefused:
        _put_back(home, token)
        raise

    def undo() -> None:
        # All of it: other tries may have come in between.
        write_section(home, "tunnel", {name: (section or {}).get(name) for name in _WRITTEN})
        if section is None:
            drop_empty_section(home, "tunnel", with_file=not was_there)
        _put_back(home, token)

    return undo


def set_up_for_later(home: Home, settings: Settings, setup: TunnelSetup) -> NoReturn:
    """Write the choice where the engine was told to stay without a tunnel: it says so by raising DeedRefused."""
    set_up_tunnel(home, settings, setup)
    raise DeedRefused("it is written, and counts from the next start: this engine runs with --no-tunnel")


def no_setup_in_demo(setup: TunnelSetup) -> NoReturn:
    """Leave a demo's stand-in alone, once what was given has been looked at as it would be elsewhere."""
    from booking_tui.providers.tunnel.agent_config import wrong_token

    _checked(setup)
    if setup.authtoken and (wrong := wrong_token(setup.authtoken)):
        raise DeedRefused(f"{LABELS['authtoken']}: {wrong}")
    raise DeedRefused(
        "the demo stops here: its stand-in stays as it is, and on your own home this opens the real way in"
    )


def _checked(setup: TunnelSetup) -> dict[str, object]:
    """Give the values to write, by name, None for those to remove; those that stay as they are are left out."""
    if setup.kind not in KINDS:
        raise DeedRefused(f"there is no tunnel of the kind “{setup.kind}”; known are {', '.join(KINDS)}")
    texts = {"domain": setup.domain, "public_url": setup.public_url, "command": setup.command}
    wanted = {name: _READ[name](value, LABELS[name]) for name, value in texts.items() if value is not None}
    for name, value in wanted.items():
        if value:
            _check(name, value)
    needed, help_words = _NEEDED.get(setup.kind, ("", ""))
    if wanted.get(needed) == "":
        raise DeedRefused(f"{LABELS[needed]}: {help_words}")
    cleared = {name: value or None for name, value in wanted.items()}
    return {"kind": setup.kind, **cleared, "inspect": setup.inspect or None}


def _one_line(text: str, label: str) -> str:
    del label
    return text.strip()


_READ: dict[str, Callable[[str, str], str]] = {"domain": host_name, "public_url": origin, "command": _one_line}
_TYPE = {
    "domain": "type the name that ngrok shows, such as your-name.ngrok-free.dev",
    "public_url": "type an address such as https://hooks.example.com",
    "command": "type it in one line, as in a terminal",
}


def _check(name: str, value: str) -> None:
    try:
        check_value(f"tunnel.{name}", value)
    except DeedRefused:
        line = " ".join(value.split())
        short = line if len(line) <= 60 else f"{line[:59]}…"
        raise DeedRefused(f"{LABELS[name]}: it cannot be “{short}”; {_TYPE[name]}") from None


def _section(home: Home) -> Mapping[str, object] | None:
    """Give the section as it stands in the file; None where there is none."""
    try:
        found = tomllib.loads(home.config.read_text(encoding="utf-8-sig")).get("tunnel")
    except (OSError, ValueError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _refuse_overruled(home: Home, settings: Settings, wanted: Mapping[str, object]) -> None:
    """Refuse to write what would have no effect, since the environment or ``.env`` has the last word on it."""
    now, _ = load_anyway(home.root, {})
    for name, value in wanted.items():
        key = f"tunnel.{name}"
        where = overruled_by(home, settings, key)
        if where is None:
            continue
        speaking = settings if settings.origins.get(key) == where else now
        if (value or None) != (getattr(speaking.tunnel, name) or None):
            raise DeedRefused(f"{key} comes from {where}: change it there, it would overrule what is written here")


def _token_file(home: Home) -> bytes | None:
    from booking_tui.providers.tunnel import agent_config
    from booking_tui.providers.tunnel.private_files import read_small

    try:
        return read_small(home.tunnel / agent_config.FILE_NAME)
    except OSError:
        return None


def _keep_token(home: Home, token: str) -> None:
    from booking_tui.providers.tunnel import agent_config

    try:
        agent_config.save_token(home.tunnel / agent_config.FILE_NAME, token)
    except TunnelFailed as failed:
        raise DeedRefused(f"{LABELS['authtoken']}: {failed.problem.what}") from None
    except OSError as error:
        raise DeedRefused(f"{LABELS['authtoken']}: it cannot be kept: {error.strerror or error}") from error


def _put_back(home: Home, before: bytes | None) -> None:
    """Leave the agent's file as it was: half a choice is none."""
    from booking_tui.paths import write_private
    from booking_tui.providers.tunnel import agent_config

    path = home.tunnel / agent_config.FILE_NAME
    if before is None:
        agent_config.forget_token(path)
    else:
        write_private(path, before)
