"""How often one source may fail the signature check."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

MOST_SOURCES = 4096


class FailedChecks:
    """A bucket of failed checks for each source, refilled evenly over a minute; only the latest sources are kept."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float], most_sources: int = MOST_SOURCES) -> None:
        self._size = float(max(per_minute, 0))
        self._monotonic = monotonic
        self._most = most_sources
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, source: str) -> float:
        """Count one failed check; give 0 when it is within the limit, else the seconds until the next one is."""
        now = self._monotonic()
        key = group_of(source)
        left, at = self._buckets.get(key, (self._size, now))
        rate = self._size / 60.0
        left = min(self._size, left + (now - at) * rate)
        within = left >= 1.0
        self._buckets[key] = (left - 1.0 if within else left, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if within:
            return 0.0
        return (1.0 - left) / rate if rate else 60.0

    def __len__(self) -> int:
        return len(self._buckets)


def group_of(source: str) -> str:
    """Give what shares one bucket: an IPv4 address, an IPv6 network of 64 bits (one subscriber), or the text."""
    if ":" not in source:
        return source
    try:
        address = ipaddress.IPv6Address(source)
    except ValueError:
        return source
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
