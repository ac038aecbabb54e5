"""What the simulator does wrong when it is told to: at calls of the API, and at webhooks."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from booking_tui.sandbox.resend.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, after so many seconds; `accepted`: the call has its effect all the same."""

    kind: str
    seconds: float = 0.0
    accepted: bool = False


REQUEST_FAULTS: Mapping[str, Fault] = {
    fault.kind: fault
    for fault in (
        Fault("drop_before"),  # the connection closes without an answer, nothing is stored
        Fault("drop_after", accepted=True),  # stored, then the connection closes without an answer
        Fault("partial", accepted=True),  # stored, then the connection closes in the middle of the answer
        Fault("slow", seconds=2.0, accepted=True),  # stored at once, answered after so many real seconds
        Fault("rate_limit"),  # 429 rate_limit_exceeded
        Fault("application_error"),  # 500 as JSON
        Fault("bad_gateway"),  # 502 as HTML
        Fault("unavailable"),  # 503 service_unavailable as JSON
        Fault("garbage"),  # 200 with the HTML of a captive portal
        Fault("broken_json", accepted=True),  # 200, JSON that is cut off
        Fault("redirect"),  # 302 to a page that answers 200
        Fault("no_content", accepted=True),  # 204
    )
}
"""What can go wrong at a call, each with its defaults."""

WEBHOOK_FAULTS: Mapping[str, Fault] = {
    fault.kind: fault
    for fault in (
        Fault("duplicate"),  # the same message twice, both times well signed
        Fault("reorder", seconds=1.0),  # so late that what comes next is earlier
        Fault("delay", seconds=60.0),  # so many seconds late
        Fault("lose"),  # never sent; the log says failed, a replay brings it
        Fault("wrong_signature"),  # the first attempt is signed by a stranger
    )
}
"""What can go wrong at a webhook, each with its defaults; seconds are those of the simulator's clock."""


@dataclass(slots=True)
class Rule:
    """When a fault happens: the next `times` times, or each time with that `chance`."""

    fault: Fault
    on: str
    times: int | None
    chance: float

    def fits(self, names: Sequence[str]) -> bool:
        """Say whether it is about something of these names."""
        return any(fnmatchcase(name, self.on) for name in names)

    def shape(self) -> JsonObject:
        """Describe it, for the control path."""
        fault = self.fault
        told: JsonObject = {"kind": fault.kind, "on": self.on, "seconds": fault.seconds, "accepted": fault.accepted}
        return told | {"times": self.times, "chance": self.chance}


class Faults:
    """A script of faults. Thread-safe; the oldest rule that fits wins, then chaos.

    `on` is a glob over names: for calls `/emails`, `/emails/*` or `POST /emails`; for webhooks the event's type.
    """

    def __init__(self, known: Mapping[str, Fault], seed: int) -> None:
        self.known = known
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._chaos = 0.0
        self._mixture: tuple[Fault, ...] = ()

    def next(
        self, kind: str, times: int = 1, *, on: str = "*", seconds: float | None = None, accepted: bool | None = None
    ) -> None:
        """Let it happen the next `times` times. Raises ValueError for an unknown kind."""
        self._add(Rule(self._fault(kind, seconds, accepted), on, times, 1.0))

    def sometimes(
        self, kind: str, chance: float, *, on: str = "*", seconds: float | None = None, accepted: bool | None = None
    ) -> None:
        """Let it happen with that chance, by the seeded dice. Raises ValueError for an unknown kind."""
        self._add(Rule(self._fault(kind, seconds, accepted), on, None, chance))

    def chaos(self, rate: float, mixture: Sequence[Fault] = ()) -> None:
        """Let about that share go wrong, in all known ways or those given."""
        with self._lock:
            self._chaos, self._mixture = rate, tuple(mixture) or tuple(self.known.values())

    def clear(self) -> None:
        """Let all be well again."""
        with self._lock:
            self._rules.clear()
            self._chaos = 0.0

    def draw(self, *names: str) -> Fault | None:
        """Say what goes wrong now with something of these names; uses up one time of the rule."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(names) and (rule.chance >= 1.0 or self._random.random() < rule.chance):
                    if rule.times is not None:
                        rule.times -= 1
                    self._rules = [rule for rule in self._rules if rule.times is None or rule.times > 0]
                    return rule.fault
            if self._chaos and self._random.random() < self._chaos:
                return self._random.choice(self._mixture)
            return None

    def shape(self) -> JsonObject:
        """Describe all rules, for the control path."""
        with self._lock:
            return {"rules": [rule.shape() for rule in self._rules], "chaos": self._chaos, "kinds": [*self.known]}

    def _add(self, rule: Rule) -> None:
        with self._lock:
            self._rules.append(rule)

    def _fault(self, kind: str, seconds: float | None, accepted: bool | None) -> Fault:
        base = self.known.get(kind)
        if base is None:
            raise ValueError(f"unknown fault {kind!r}; there are {', '.join(self.known)}")
        return Fault(
            kind,
            base.seconds if seconds is None else seconds,
            base.accepted if accepted is None else accepted,
        )
