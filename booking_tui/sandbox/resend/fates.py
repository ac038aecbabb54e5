"""What becomes of mail at an address: as scripted, as test addresses say, or a bounce where a domain looks mistyped."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, get_args

from booking_tui.sandbox.resend.wire import JsonObject

FateName = Literal["deliver", "delay", "bounce", "soft_bounce", "complain", "suppress", "fail", "lose"]
"""`delay`: delivery_delayed at once, delivered after `after_s`. `soft_bounce`: Transient, MailboxFull. `complain`:
delivered, complained after `after_s`. `lose`: sent, and then nothing for ever."""
FATES: tuple[FateName, ...] = get_args(FateName)

TEST_DOMAIN = "resend.dev"
_TEST_ADDRESSES: dict[str, FateName] = {
    "delivered": "deliver",
    "bounced": "bounce",
    "complained": "complain",
    "suppressed": "suppress",
}
MISTYPED = frozenset({
    "exmaple.com", "examlpe.com", "exampel.com", "exampl.com", "example.con",  # codespell:ignore
    "gmial.com", "gmai.com", "gmal.com", "gnail.com", "gmail.con", "hotmial.com", "hotmai.com", "outlok.com",
    "outloo.com", "yaho.com", "yahooo.com", "iclod.com", "icloud.con",
})  # fmt: skip
"""Domains that nobody means: mail there bounces with NoEmail, 550 5.1.1."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of mail, and after how many seconds; `remembered` is False where a bounce suppresses nothing."""

    name: FateName
    after_s: float | None = None
    remembered: bool = True


class Fates:
    """The fates by address or by domain (`@lost.example`); an address wins over its domain. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[str, Fate] = {}

    def set(self, address: str, fate: FateName, after_s: float | None = None) -> None:
        """Decide for an address, or for a whole domain when there is nothing before the @. Raises ValueError."""
        if fate not in FATES:
            raise ValueError(f"unknown fate {fate!r}; there are {', '.join(FATES)}")
        if "@" not in address:
            raise ValueError("an address has an @; a whole domain is written @example.com")
        with self._lock:
            self._set[address.lower()] = Fate(fate, after_s)

    def clear(self, address: str | None = None) -> None:
        """Forget what was decided for an address, or everything."""
        with self._lock:
            if address is None:
                self._set.clear()
            else:
                self._set.pop(address.lower(), None)

    def of(self, address: str) -> Fate:
        """Say what becomes of mail there."""
        local, _, domain = address.lower().rpartition("@")
        with self._lock:
            decided = self._set.get(address.lower()) or self._set.get(f"@{domain}")
        if decided is not None:
            return decided
        if domain == TEST_DOMAIN:
            return Fate(_TEST_ADDRESSES.get(local.partition("+")[0], "bounce"), remembered=False)
        return Fate("bounce" if domain in MISTYPED else "deliver")

    def shape(self) -> JsonObject:
        """Describe what was decided, for the control path."""
        with self._lock:
            return {address: {"fate": fate.name, "after_s": fate.after_s} for address, fate in self._set.items()}
