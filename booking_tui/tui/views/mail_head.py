"""The lines over the list of emails: the lists with their counts, how many arrive, and why nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking_tui.ports.mail_desk import HOLD_ALL
from booking_tui.services.mail_queries import RATE_DAYS, TARGET_RATE, MailSummary
from booking_tui.services.queries import Queries
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import Glyphs, glyphs
from booking_tui.tui.views.mail_words import ALL, GROUPS, STOPPED, mail_ready, time_said
from booking_tui.tui.widgets.line import FrameLine, Part

GOAL = f"goal {TARGET_RATE * 100:.0f} %"
SWITCH = "stop-all"
SET_UP = "setup"
_ROOMY, _WIDE = 112, 140
_ASKING = frozenset({"failed", "retrying", "planned"})
_STYLES = {"failed": "$text-error", "retrying": "$text-warning"}


class MailHead(FrameLine):
    """The lists one can look at, and the delivery rate with the last fortnight."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="mail-head")
        self._given = context
        self.group = "failed"
        self.summary: MailSummary | None = None

    def left_parts(self, width: int) -> Sequence[Part]:
        rate = sum(len(part.text) for part in self.right_parts(width))
        for tightness in range(3):
            parts = self._tabs(tightness)
            if sum(len(part.text) for part in parts) + rate <= width:
                return parts
        return self._tabs(2)

    def _tabs(self, tightness: int) -> list[Part]:
        """Give the lists; where there is little room without air, then without the counts that ask for nothing."""
        parts = [Part(" ")]
        for group, word in GROUPS:
            here = group == self.group
            counted = here or tightness < 2 or group in _ASKING
            text = f"{word}{self._count(group, short=tightness > 0) if counted else ''}"
            style = "bold $text-primary" if here else self._style(group)
            parts.append(Part(f"[{text}]" if here else f" {text} ", style, group))
            if not tightness:
                parts.append(Part(" "))
        return parts

    def _style(self, group: str) -> str:
        """Let what needs somebody stand out where it is not looked at."""
        counts = self.summary.counts if self.summary is not None else None
        waits = counts is not None and getattr(counts, group, 0) if group in _STYLES else 0
        return _STYLES[group] if waits else "$text-muted"

    def _count(self, group: str, *, short: bool) -> str:
        if group == ALL:
            return ""
        if self.summary is None:
            return f" {glyphs(self._given.look).busy}"
        counts = self.summary.counts
        due = f", {counts.due:,} due now" if group == "planned" and counts.due and not short else ""
        return f" {int(getattr(counts, group)):,}{due}"

    def right_parts(self, width: int) -> Sequence[Part]:
        if self.summary is None or self.summary.counts.rate is None:
            return ()
        rate = self.summary.counts.rate
        good = rate >= TARGET_RATE
        said = Part(f"{rate_words(rate)} ", "bold $text-success" if good else "bold $text-warning")
        if width < 100:
            return [said]
        signs = glyphs(self._given.look)
        parts = [Part("  "), said]
        parts.append(Part(f"arrived in {RATE_DAYS} d  " if width >= _WIDE else "arrived  ", "$text-muted"))
        parts.append(Part(f" {GOAL}  ", "$text-muted"))
        if width >= _ROOMY:
            parts.append(Part(f"{spark(self.summary.per_day, signs)} ", "$text-primary"))
        return parts


def rate_words(rate: float) -> str:
    """Write a share so that what failed is never rounded away: only all of them are 100 %."""
    tenths = int(rate * 1000)
    return "100 %" if rate >= 1 else f"{tenths / 10:.1f} %"


def spark(per_day: Sequence[tuple[int, int]], signs: Glyphs) -> str:
    """Draw each day's share of what arrived: full at the goal and above, lower the more was lost; a dot for no mail."""
    bars = signs.sparks
    drawn: list[str] = []
    for delivered, final in per_day:
        if not final:
            drawn.append(signs.dot)
            continue
        lost = 1 - delivered / final
        drawn.append(bars[max(0, len(bars) - 1 - round(lost * 20))])
    return "".join(drawn)


class StandLine(FrameLine):
    """Says loudly why nothing is sent. Not there while all is well."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="mail-stand")
        self._given = context
        self.words: tuple[str, str, str, str] | None = None
        """What is so, since or until when, and the key with its word that helps."""

    def read(self, summary: MailSummary | None) -> None:
        """Say what stands in the way now."""
        self.words = stand_words(self._given, summary)
        self.display = self.words is not None
        self.refresh()

    def left_parts(self, width: int) -> Sequence[Part]:  # noqa: ARG002 - the base class asks for it
        if self.words is None:
            return ()
        what, when, key, word = self.words
        sign = glyphs(self._given.look).held
        parts = [Part(f" {sign} Nothing is sent. ", "bold"), Part(what, "bold"), Part(f"{when} ")]
        choice = {"S": SWITCH, "i": SET_UP}.get(key)
        return [*parts, Part(f"  {key} ", "bold", choice), Part(word, "", choice)] if key else parts


def stand_words(context: Context, summary: MailSummary | None) -> tuple[str, str, str, str] | None:
    """Give what is so, since or until when, and the key that helps with its word; None while sending goes on."""
    if summary is None:
        return None
    if not mail_ready(context):
        if nothing_at_all(summary):
            return None
        key, word = ("i", "sets it up") if context.mail_setup is not None else ("", "")
        return ("Sending is not set up", "" if key else ": the README tells how", key, word)
    found = summary.standstill
    if found is None:
        return None
    what = STOPPED.get(found.reason, str(found.reason).replace("_", " ").capitalize())
    now, zone = context.clock.now(), context.zone
    if found.until is not None:
        when = f", until {time_said(found.until, now, zone)}"
    else:
        when = f", since {time_said(found.since, now, zone)}"
    held = str(found.reason) == HOLD_ALL
    return (what, when, "S", "goes on sending") if held else (what, when, "r", "tries again")


def stopped_words(context: Context, summary: MailSummary | None) -> str | None:
    """Say in a sentence why what is due is not sent; None while sending goes on."""
    found = stand_words(context, summary)
    if found is None:
        return None
    what, when, key, word = found
    helps = f" {key} {word}." if key else ""
    return f"Not while nothing is sent. {what}{when}.{helps}"


def nothing_at_all(summary: MailSummary | None) -> bool:
    """Say whether there has never been an email."""
    if summary is None:
        return True
    counts = summary.counts
    return not any((counts.failed, counts.retrying, counts.planned, counts.sent, counts.settled, counts.skipped))


def read_summary(queries: Queries) -> MailSummary:
    """Count everything; may take a while with very many emails."""
    return queries.mail_summary()


def next_words(summary: MailSummary, now: datetime, context: Context) -> str:
    """Say what is planned: ``38 planned, next 10:00``."""
    planned = summary.counts.planned
    if not planned:
        return "Nothing is planned."
    next_at = summary.next_at
    upcoming = f", next {time_said(next_at, now, context.zone)}" if next_at is not None else ""
    return f"{planned:,} planned{upcoming}."
