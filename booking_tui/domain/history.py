"""History entries: one for each real change, in the order in which they were learnt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
Changes: TypeAlias = "dict[str, tuple[Plain, Plain]]"
UNREADABLE = "unreadable"
"""Stands among the changes of an entry whose content is damaged."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was decided and is not yet written: what ``decide`` gives to the store.

    ``booking_uid`` is None for what concerns no booking (out of office).
    ``actor`` is ``cal.com``, ``you`` or ``system``.
    """

    booking_uid: str | None
    actor: str
    action: str
    changes: Changes


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A written entry of the hash chain. ``changes`` is empty once its content was erased."""

    seq: int
    at: datetime
    booking_uid: str | None
    actor: str
    action: str
    changes: Changes
    event_id: str | None
    email_id: str | None
    hash: str
