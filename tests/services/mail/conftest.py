"""A practice that sends emails, at a simulated Resend whose server is started once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from booking_tui.clock import TimeOrderedIds
from booking_tui.paths import Home
from booking_tui.sandbox.resend import ResendSandbox
from booking_tui.sandbox.resend.serving import LoopbackServer
from booking_tui.store.database import Database
from tests.services.conftest import NOON, StillClock
from tests.services.mail.house import House, moved_in

MakeSandbox = Callable[..., ResendSandbox]


@dataclass
class Socket:
    """One server for all tests; which simulator answers is changed from test to test."""

    url: str = ""
    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def mail_socket() -> Iterator[Socket]:
    socket = Socket()
    server = LoopbackServer(socket, name="resend-for-tests")
    server.start()
    socket.url = server.url
    yield socket
    server.stop(1.0)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, made once."""
    path = tmp_path_factory.mktemp("mail") / "empty.db"
    clock = StillClock()
    Database.open(path, clock=clock, ids=TimeOrderedIds(clock)).close()
    return path


@pytest.fixture
def make_sandbox(mail_socket: Socket, clock: StillClock) -> MakeSandbox:
    """Make the simulator of this test. Its own thread does not run: ``settle`` does what is due."""

    def make(**options: Any) -> ResendSandbox:
        free: dict[str, Any] = {"per_second": None, "daily": None, "monthly": None}
        sandbox = ResendSandbox(clock=clock.now, **{**free, **options})
        mail_socket.app = sandbox.app
        return sandbox

    return make


@pytest.fixture
def sandbox(make_sandbox: MakeSandbox) -> ResendSandbox:
    return make_sandbox()


@pytest.fixture
def furnished(home: Home, empty_database: Path) -> Home:
    """A home whose database is there already."""
    home.ensure()
    shutil.copy(empty_database, home.database)
    return home


@pytest.fixture
def house(furnished: Home, clock: StillClock, sandbox: ResendSandbox, mail_socket: Socket) -> Iterator[House]:
    with moved_in(furnished, clock, sandbox, url=mail_socket.url) as made:
        yield made


@pytest.fixture
def demo_house(furnished: Home, clock: StillClock, sandbox: ResendSandbox, mail_socket: Socket) -> Iterator[House]:
    with moved_in(furnished, clock, sandbox, demo=True, url=mail_socket.url) as made:
        yield made


@pytest.fixture
def enter_house(
    furnished: Home, clock: StillClock, make_sandbox: MakeSandbox, mail_socket: Socket, empty_database: Path
) -> Callable[[], AbstractContextManager[House]]:
    """Give a house of its own for each example of a property."""
    numbers = itertools.count()

    def enter() -> AbstractContextManager[House]:
        home = Home(furnished.root.parent / f"home-{next(numbers)}")
        home.ensure()
        shutil.copy(empty_database, home.database)
        clock.at = NOON
        return moved_in(home, clock, make_sandbox(), url=mail_socket.url)

    return enter
