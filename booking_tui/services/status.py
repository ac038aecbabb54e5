"""How the parts are doing, in words with ages: what the health strip and ``/readyz`` show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from booking_tui.domain.history import Plain
from booking_tui.domain.instants import from_text, to_text
from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.services.tunnel_json import read_tunnel, write_tunnel


class LampLevel(StrEnum):
    """How much attention a lamp asks for."""

    OK = "ok"
    QUIET = "quiet"
    """Nothing to say yet, or just at work."""
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Lamp:
    """One part's state: ``text`` is short enough for a strip, ``detail`` is a sentence with what helps.

    ``at`` is the instant from which the age counts, for a text that is about something past.
    """

    key: str
    level: LampLevel
    text: str
    detail: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The engine at one moment. ``public_url`` is None until something makes this machine reachable from outside."""

    role: str
    version: str
    started: datetime
    public_port: int
    local_port: int
    public_url: str | None
    lamps: tuple[Lamp, ...]
    tunnel: TunnelStatus | None = None

    @property
    def webhook_url(self) -> str:
        """The address for webhooks: from outside when there is one, else on this machine."""
        base = self.public_url or f"http://127.0.0.1:{self.public_port}"
        return f"{base.rstrip('/')}/webhooks/calcom"

    @property
    def worst(self) -> Lamp | None:
        """The lamp that most wants attention; None when all is well."""
        order = (LampLevel.BAD, LampLevel.WARN)
        return next((lamp for level in order for lamp in self.lamps if lamp.level is level), None)


def age(since: timedelta) -> str:
    """Say an age in the fewest letters: ``12s``, ``3 min``, ``2 h``, ``5 d``; what lies ahead is ``0s``."""
    seconds = max(0, int(since.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400 * 2:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} d"


def listener_lamp(public_port: int, *, running: bool) -> Lamp:
    """Say whether deliveries can come in."""
    if running:
        return Lamp("listener", LampLevel.OK, f"listener :{public_port}", f"takes deliveries on port {public_port}")
    return Lamp("listener", LampLevel.BAD, "listener stopped", "nothing can come in; start the program again")


def database_lamp(trouble: str | None, since: datetime | None) -> Lamp:
    """Say whether the database can be written; ``trouble`` is why not."""
    if trouble is None:
        return Lamp("database", LampLevel.OK, "database", "what is written is durable")
    detail = f"the database cannot write: {trouble}; deliveries are refused meanwhile, so that their senders try again"
    return Lamp("database", LampLevel.BAD, "database cannot write", detail, since)


def delivery_lamp(last: datetime | None, waiting: int, trouble: str | None = None) -> Lamp:
    """Say when something last came in, and how much of it waits to be applied; ``trouble`` is why it must wait."""
    if waiting > 0:
        words = "1 delivery waits" if waiting == 1 else f"{waiting} deliveries wait"
        level = LampLevel.QUIET if trouble is None else LampLevel.BAD
        detail = f"{words} to be applied" + (f": {trouble}" if trouble else "")
        return Lamp("deliveries", level, f"{waiting} to apply", detail, last)
    if last is None:
        return Lamp("deliveries", LampLevel.QUIET, "no delivery yet", "nothing has come in so far; t sends a test")
    return Lamp("deliveries", LampLevel.OK, "last delivery", "every delivery is applied", last)


def clockwork_lamp(failing: tuple[str, ...], last_tick: datetime | None, *, alive: bool) -> Lamp | None:
    """Say what is wrong with the regular work; None while it runs. ``failing`` are sentences."""
    if not alive:
        return Lamp("clockwork", LampLevel.BAD, "clockwork stopped", "regular work has stopped", last_tick)
    if failing:
        return Lamp("clockwork", LampLevel.WARN, "housekeeping failed", "; ".join(failing), last_tick)
    return None


def write_status(status: EngineStatus) -> Plain:
    """Give the status as JSON values."""
    lamps: list[Plain] = [
        {
            "key": lamp.key,
            "level": lamp.level.value,
            "text": lamp.text,
            "detail": lamp.detail,
            "at": None if lamp.at is None else to_text(lamp.at),
        }
        for lamp in status.lamps
    ]
    return {
        "role": status.role,
        "version": status.version,
        "started": to_text(status.started),
        "public_port": status.public_port,
        "local_port": status.local_port,
        "public_url": status.public_url,
        "lamps": lamps,
        "tunnel": None if status.tunnel is None else write_tunnel(status.tunnel),
    }


def read_status(value: object) -> EngineStatus:
    """Read what ``write_status`` made. Raises ValueError when it is something else."""
    try:
        values = cast("dict[str, object]", value)
        return EngineStatus(
            role=str(values["role"]),
            version=str(values["version"]),
            started=from_text(str(values["started"])),
            public_port=int(str(values["public_port"])),
            local_port=int(str(values["local_port"])),
            public_url=None if values["public_url"] is None else str(values["public_url"]),
            lamps=tuple(_read_lamp(lamp) for lamp in cast("list[dict[str, object]]", values["lamps"])),
            tunnel=None if values["tunnel"] is None else read_tunnel(values["tunnel"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a status") from error


def _read_lamp(values: dict[str, object]) -> Lamp:
    at = values["at"]
    return Lamp(
        key=str(values["key"]),
        level=LampLevel(str(values["level"])),
        text=str(values["text"]),
        detail=str(values["detail"]),
        at=None if at is None else from_text(str(at)),
    )
