"""Lamps that ask for a person, as sentences and as lines of Needs you."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from booking_tui.services.needs import Need
from booking_tui.services.status import Lamp, LampLevel

LAMP = "lamp"
"""The kind of such a need, and of what it leads to."""
_URGENT = {LampLevel.BAD: 0, LampLevel.WARN: 1}
_ADVICE = {"engine away": "start booking-tui again, or wait until the other process answers"}


def lamp_sentence(lamp: Lamp) -> str:
    """Say a lamp whole; what its short text has in common with its sentence is said once."""
    head, colon, cause = lamp.text.partition(": ")
    if colon and lamp.detail.startswith(cause.rstrip("…").rstrip()):
        return f"{head}: {lamp.detail}"
    return f"{lamp.text}: {lamp.detail}" if lamp.detail else lamp.text


def lamp_needs(lamps: Iterable[Lamp], now: datetime) -> list[Need]:
    """Give what the lamps want a person to see to, the worst first; those that are well want nothing."""
    urgent = (lamp for lamp in lamps if lamp.level in _URGENT and not _told_singly(lamp))
    wanting = sorted(urgent, key=lambda lamp: _URGENT[lamp.level])
    return [Need(LAMP, _with_advice(lamp), None, lamp.at or now, LAMP, lamp.key) for lamp in wanting]


def _told_singly(lamp: Lamp) -> bool:
    """Say whether each thing that a lamp counts is a need of its own: failed emails are."""
    return lamp.key == "mail" and lamp.text.endswith("failed")


def _with_advice(lamp: Lamp) -> str:
    sentence, advice = lamp_sentence(lamp), _ADVICE.get(lamp.text)
    return f"{sentence}; {advice}" if advice else sentence
