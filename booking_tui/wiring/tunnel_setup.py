"""Writing which tunnel a person chose into the home's files, as if they had typed it."""

from __future__ import annotations

from collections.abc import Mapping

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused, TunnelSetup
from booking_tui.settings import Settings, load_anyway
from booking_tui.wiring.config_file import check_value, overruled_by, write_section

KINDS = ("ngrok", "url", "command", "none")
_NEEDED = {"url": "public_url", "command": "command"}


def set_up_tunnel(home: Home, settings: Settings, setup: TunnelSetup) -> None:
    """Write the choice into ``config.toml``, keeping the rest of it, and the authtoken into the agent's own file.

    Raises DeedRefused with what is wrong; nothing is written then.
    """
    wanted = _checked(setup)
    _refuse_overruled(home, settings, wanted | ({"authtoken": setup.authtoken} if setup.authtoken else {}))
    before = _token_file(home)
    if setup.authtoken:
        _keep_token(home, setup.authtoken.strip())
    try:
        write_section(home, "tunnel", wanted)
    except DeedRefused:
        _put_back(home, before)
        raise


def set_up_for_later(home: Home, settings: Settings, setup: TunnelSetup) -> None:
    """Write the choice where the engine was told to stay without a tunnel: it says so by raising DeedRefused."""
    set_up_tunnel(home, settings, setup)
    raise DeedRefused("it is written, and counts from the next start: this engine runs with --no-tunnel")


def no_setup_in_demo(_: TunnelSetup) -> None:
    """Leave a demo's stand-in alone."""
    raise DeedRefused("the demo keeps its stand-in for ngrok; on your own home this sets the real tunnel up")


def _checked(setup: TunnelSetup) -> dict[str, object]:
    """Give the values to write, by name, None for those to remove; those that stay as they are are left out."""
    if setup.kind not in KINDS:
        raise DeedRefused(f"there is no tunnel of the kind “{setup.kind}”; known are {', '.join(KINDS)}")
    texts = {"domain": setup.domain, "public_url": setup.public_url, "command": setup.command}
    wanted = {name: value.strip() for name, value in texts.items() if value is not None}
    if "domain" in wanted:
        wanted["domain"] = wanted["domain"].removeprefix("https://").strip("/")
    for name, value in wanted.items():
        if value:
            check_value(f"tunnel.{name}", value)
    if wanted.get(_NEEDED.get(setup.kind, "")) == "":
        raise DeedRefused(f"tunnel.{_NEEDED[setup.kind]} is needed for this kind")
    cleared = {name: value or None for name, value in wanted.items()}
    return {"kind": setup.kind, **cleared, "inspect": setup.inspect or None}


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

    try:
        return (home.tunnel / agent_config.FILE_NAME).read_bytes()
    except OSError:
        return None


def _keep_token(home: Home, token: str) -> None:
    from booking_tui.providers.tunnel import agent_config

    try:
        agent_config.save_token(home.tunnel / agent_config.FILE_NAME, token)
    except TunnelFailed as failed:
        raise DeedRefused(f"{failed.problem.what} {failed.problem.do}") from None
    except OSError as error:
        raise DeedRefused(f"the authtoken cannot be kept: {error.strerror or error}") from error


def _put_back(home: Home, before: bytes | None) -> None:
    """Leave the agent's file as it was: half a choice is none."""
    from booking_tui.paths import write_private
    from booking_tui.providers.tunnel import agent_config

    path = home.tunnel / agent_config.FILE_NAME
    if before is None:
        agent_config.forget_token(path)
    else:
        write_private(path, before)
