"""Providers over a server of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from booking_tui.providers.resend.client import ResendProvider
from booking_tui.providers.resend.http import Timeouts
from tests.providers.resend.loopback import Loopback

KEY = "re_Test1234_NotARealKeyOfAnybody"
NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
PATIENT = Timeouts(connect_s=5.0, read_s=10.0, total_s=20.0)
HASTY = Timeouts(connect_s=5.0, read_s=0.3, total_s=20.0)


class FixedClock:
    """Stands still by the wall and runs as it does otherwise."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()


def waits_for_nothing(_: float) -> None:
    return None


Providers = Callable[..., ResendProvider]
Servers = Callable[..., Loopback]


@pytest.fixture
def servers() -> Iterator[Servers]:
    """Start servers, and end them afterwards."""
    started: list[Loopback] = []

    def start(**wishes: Any) -> Loopback:
        started.append(Loopback(**wishes))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def server(servers: Servers) -> Loopback:
    return servers()


@pytest.fixture
def providers() -> Iterator[Providers]:
    """Make providers, and close them afterwards."""
    made: list[ResendProvider] = []

    def make(base_url: str, key: str = KEY, **wishes: Any) -> ResendProvider:
        wishes = {"clock": FixedClock(), "timeouts": PATIENT, "pause": waits_for_nothing, **wishes}
        made.append(ResendProvider(key, base_url=base_url, **wishes))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def provider(server: Loopback, providers: Providers) -> ResendProvider:
    return providers(server.url)
