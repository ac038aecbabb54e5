"""A simulated Resend whose clock stands still, and callers of it over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from booking_tui.sandbox.resend import ResendSandbox
from tests.sandbox.resend.calling import NOW, Api, Callers, Make


@pytest.fixture
def make() -> Iterator[Make]:
    """Make sandboxes that are stopped in the end."""
    made: list[ResendSandbox] = []

    def build(**more: Any) -> ResendSandbox:
        options: dict[str, Any] = {"clock": lambda: NOW, "per_second": None}
        sandbox = ResendSandbox(**options | more)
        made.append(sandbox)
        sandbox.start()
        return sandbox

    yield build
    for sandbox in made:
        sandbox.stop()


@pytest.fixture
def sandbox(make: Make) -> ResendSandbox:
    return make()


@pytest.fixture
def callers() -> Iterator[Callers]:
    """Make callers whose connections are closed in the end."""
    made: list[Api] = []

    def build(sandbox: ResendSandbox, key: str | None = None) -> Api:
        made.append(Api(sandbox, sandbox.api_key if key is None else key))
        return made[-1]

    yield build
    for api in made:
        api.http.close()


@pytest.fixture
def api(sandbox: ResendSandbox, callers: Callers) -> Api:
    return callers(sandbox)
