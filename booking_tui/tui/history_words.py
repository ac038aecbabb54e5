"""What a history entry says on a screen; while names are hidden without people, places and reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from booking_tui.domain.history import HistoryEntry
from booking_tui.domain.words import history_sentence
from booking_tui.tui.text import hide_names

_PLACES = frozenset({"location", "meeting_url"})
_TELLING = frozenset({"cancellation_reason", "summary"})
"""Fields whose texts say something of a person beside any name in them."""


def entry_words(entry: HistoryEntry, zone: str, names: Iterable[str], *, privacy: bool) -> str:
    """Say what an entry records; with ``privacy`` initials stand for these names, dates and times stay."""
    if not privacy:
        return history_sentence(entry, zone)
    if entry.action == "location_changed":
        return "place changed" if _PLACES & set(entry.changes) else history_sentence(entry, zone)
    kept = {field: pair for field, pair in entry.changes.items() if field not in _TELLING}
    if entry.action == "out_of_office":
        kept["summary"] = (None, "hidden")
    return hide_names(history_sentence(replace(entry, changes=kept), zone), names)
