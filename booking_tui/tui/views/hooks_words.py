"""How the Hooks view says times, senders and verdicts: always a glyph and a word, never colour alone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from booking_tui.domain.rows import EventRow
from booking_tui.domain.webhook import EventState, Verdict, WebhookEvent
from booking_tui.tui.dates import day_word, weekday
from booking_tui.tui.glyphs import Glyphs
from booking_tui.tui.views.eye import Said

Received = EventRow | WebhookEvent
SENDERS = {"calcom": "cal.com"}
REPLAY_SIGN = "↻"
TEST_SIGN = "◇"


def verdict_said(row: Received, signs: Glyphs) -> Said:
    """Say at a glance how a request fared: refused, repeated, parked, or fine."""
    if row.state is EventState.DUPLICATE:
        return Said(signs.duplicate, "again", "muted")
    if row.verdict is Verdict.INVALID:
        return Said(signs.refused, "bad sig", "bad")
    if row.verdict is Verdict.MISSING:
        return Said(signs.refused, "no sig", "bad")
    if row.state is EventState.PARKED:
        return Said(signs.parked, "parked", "warn")
    if row.state is EventState.STORED:
        return Said(signs.busy, "in line", "warn")
    if row.verdict is Verdict.PULLED:
        return Said(signs.done, "pulled", "good")
    word = "unsigned" if row.verdict is Verdict.UNSIGNED_ALLOWED else "signed"
    if row.state is EventState.IGNORED:
        return Said(signs.ignored, word, "muted")
    return Said(signs.done, word, "warn" if row.verdict is Verdict.UNSIGNED_ALLOWED else "good")


def state_said(row: Received) -> tuple[str, str]:
    """Say what became of a request, and the tone."""
    return {
        EventState.STORED: ("not applied yet", "warn"),
        EventState.PROCESSED: ("applied", "plain"),
        EventState.IGNORED: ("not for us", "muted"),
        EventState.PARKED: ("waits", "warn"),
        EventState.QUARANTINED: ("kept, unused", "muted"),
        EventState.DUPLICATE: ("not applied", "muted"),
    }[row.state]


def sender_said(row: Received, *, ascii_only: bool = False) -> tuple[str, str]:
    """Say who sent a request, and the tone: a test and a replay say that they are one."""
    if row.replay_of is not None:
        return f"{'<' if ascii_only else REPLAY_SIGN} replay", "accent"
    if row.test:
        return f"{'t' if ascii_only else TEST_SIGN} test", "accent"
    return SENDERS.get(row.source, row.source), "plain"


def time_said(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write when something came, in at most nine cells: by second today, by minute this week, else by day."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M:%S}"
    if 0 < (today - local.date()).days < 7:
        return f"{weekday(local.date())} {local:%H:%M}"
    _, day, month = day_word(local.date()).split(" ")
    return f"{day} {month}" if local.year == today.year else f"{month} {local.year}"


def moment_said(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write when something came, whole: ``09:25:07`` today, else ``Thu 4 Mar 09:25:07``."""
    local = instant.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M:%S}"
    return f"{day_word(local.date())} {local:%H:%M:%S}"


def ms_said(latency_ms: float | None) -> str:
    """Write a latency: one decimal below ten."""
    if latency_ms is None:
        return ""
    return f"{latency_ms:.1f}" if latency_ms < 9.95 else f"{latency_ms:,.0f}"


def short_hex(text: str) -> str:
    """Shorten a signature to its two ends."""
    return text if len(text) <= 20 else f"{text[:8]}…{text[-6:]}"


def sparkline(counts: tuple[int, ...], width: int, signs: Glyphs) -> str:
    """Draw counts as bars, the newest on the right; with less room the oldest are left out."""
    shown = counts[-width:] if width < len(counts) else counts
    most = max(shown, default=0)
    bars = signs.sparks
    if not most:
        return bars[0] * len(shown)
    return "".join(bars[0 if not n else max(1, round(n / most * (len(bars) - 1)))] for n in shown)
