"""Resend on a loopback port: everything put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette

from booking_tui.sandbox.resend.account import FULL_KEY, SENDING_KEY, Account, ApiKey
from booking_tui.sandbox.resend.control import Control
from booking_tui.sandbox.resend.courier import TIMEOUT_S, Courier
from booking_tui.sandbox.resend.email_calls import EmailCalls
from booking_tui.sandbox.resend.engine import Engine
from booking_tui.sandbox.resend.fates import Fates
from booking_tui.sandbox.resend.faults import REQUEST_FAULTS, Fault, Faults
from booking_tui.sandbox.resend.gate import Gate, Received
from booking_tui.sandbox.resend.hook_calls import HookCalls
from booking_tui.sandbox.resend.hooks import Hook, Hooks
from booking_tui.sandbox.resend.hooks import Message as HookMessage
from booking_tui.sandbox.resend.limits import DAILY, MONTHLY, PER_SECOND, Limits
from booking_tui.sandbox.resend.mailbox import Mailbox
from booking_tui.sandbox.resend.mailbox_page import MailboxPages
from booking_tui.sandbox.resend.model import Email
from booking_tui.sandbox.resend.postoffice import PostOffice
from booking_tui.sandbox.resend.serving import LoopbackServer
from booking_tui.sandbox.resend.suppression_calls import SuppressionCalls
from booking_tui.sandbox.resend.suppressions import Suppressions
from booking_tui.sandbox.resend.world import SandboxClock, World

OWNER = "robin.vale@example.com"
CHAOS_RATE = 0.12


def _as_it_is(url: str) -> str:
    return url


class ResendSandbox:
    """A team of its own, with two keys and two verified domains. All parts may be used from any thread.

    `clock` gives aware instants: a real one, or one that stands still and is moved by `advance`. `delivery_s` is how
    long a mail takes; 0 means that it lies in the mailbox when the call is answered. `route` maps a webhook's public
    address to the loopback address that stands for it. `chaos` lets calls and webhooks fail by the seeded dice.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        seed: int = 0,
        port: int = 0,
        owner: str = OWNER,
        delivery_s: float = 0.0,
        per_second: int | None = PER_SECOND,
        daily: int | None = DAILY,
        monthly: int | None = MONTHLY,
        chaos: bool = False,
        route: Callable[[str], str] = _as_it_is,
        webhook_timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._world = World(clock, seed)
        self._engine = Engine(self._world)
        self._courier = Courier(self._engine, route, webhook_timeout_s)
        self._hooks = Hooks(self._world, seed, self._send)
        self._limits = Limits(per_second, daily, monthly)
        self._account = Account(self._world, owner, self._hooks.emit)
        self._suppressions = Suppressions(self._world, self._hooks.emit)
        self._office = PostOffice(
            self._world, self._account, self._limits, self._suppressions, self._hooks.emit, delivery_s=delivery_s
        )
        self._gate = Gate(self._world, self._account, self._limits, seed)
        self.app = self._application()
        """The ASGI application, to be served together with others; `start_mounted` then starts the rest."""
        self._server = LoopbackServer(self.app, port, name="resend-sandbox-http")
        self._url = ""
        if chaos:
            self._gate.faults.chaos(CHAOS_RATE, _mixture())
            self._hooks.faults.chaos(CHAOS_RATE)

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Serve on an own port. Raises OSError."""
        self._server.start()
        self._engine.start()

    def stop(self, deadline_s: float = 1.0) -> None:
        """Stop serving and sending."""
        self._engine.stop(deadline_s)
        self._server.stop(deadline_s)

    def start_mounted(self, url: str) -> None:
        """Perform what falls due and send webhooks, while `app` is served elsewhere at that address."""
        self._url = url
        self._engine.start()

    @property
    def url(self) -> str:
        """Give the base address, as `resend.api_url` wants it."""
        return self._url or self._server.url

    # -- time ----------------------------------------------------------------------------------------------------

    @property
    def clock(self) -> SandboxClock:
        """Give the simulator's clock: a callable."""
        return self._world.clock

    def advance(self, seconds: float) -> None:
        """Go ahead; returns when all that fell due was done and all webhooks of that time were answered."""
        self._engine.advance(seconds)

    def settle(self, timeout_s: float = 30.0) -> None:
        """Do all that is due now, and wait until the webhooks on their way were answered. Raises TimeoutError."""
        self._engine.settle(timeout_s)

    # -- what may be looked at and changed -----------------------------------------------------------------------

    @property
    def mailbox(self) -> Mailbox:
        """Give what was delivered, the oldest first."""
        return self._office.mailbox

    @property
    def emails(self) -> list[Email]:
        """Give every email that was accepted, the oldest first."""
        return self._office.emails()

    @property
    def fates(self) -> Fates:
        """Give what becomes of mail, by address."""
        return self._office.fates

    @property
    def faults(self) -> Faults:
        """Give the script of what goes wrong at calls."""
        return self._gate.faults

    @property
    def webhook_faults(self) -> Faults:
        """Give the script of what goes wrong at webhooks."""
        return self._hooks.faults

    @property
    def webhooks(self) -> Hooks:
        """Give the registered webhooks."""
        return self._hooks

    @property
    def suppressions(self) -> Suppressions:
        """Give the suppression list."""
        return self._suppressions

    @property
    def limits(self) -> Limits:
        """Give the limits; their fields can be set."""
        return self._limits

    @property
    def account(self) -> Account:
        """Give the team: keys, domains, owner."""
        return self._account

    @property
    def api_keys(self) -> dict[str, ApiKey]:
        """Give the keys by their text; change them freely."""
        return self._account.api_keys

    @property
    def api_key(self) -> str:
        """Give the key with full access."""
        return FULL_KEY

    @property
    def sending_key(self) -> str:
        """Give the key that may only send."""
        return SENDING_KEY

    @property
    def requests(self) -> Counter[str]:
        """Give a copy of how often each call came, by its name: `POST /emails`, `GET /emails/{email_id}`."""
        with self._world.lock:
            return Counter(self._gate.requests)

    @property
    def received(self) -> list[Received]:
        """Give the latest requests as they came, the oldest first."""
        with self._world.lock:
            return list(self._gate.received)

    # -- inside --------------------------------------------------------------------------------------------------

    def _application(self) -> Starlette:
        emails = EmailCalls(self._world, self._account, self._limits, self._office)
        routes = [
            *emails.routes(self._gate),
            *HookCalls(self._hooks, self._courier.reaches).routes(self._gate),
            *SuppressionCalls(self._suppressions).routes(self._gate),
            *Control(self).routes(),
            *MailboxPages(self._office.mailbox).routes(),
            self._gate.nothing(),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return app

    def _send(self, hook: Hook, message: HookMessage, headers: dict[str, str], extra: bool) -> None:
        def done(status: int, response: str) -> None:
            self._hooks.attempted(hook, message, status, response, extra=extra)

        self._courier.submit(hook, message, headers, done)


def _mixture() -> list[Fault]:
    """Give what chaos does at calls: all of it, and slowness that people can bear."""
    return [Fault("slow", 0.8, accepted=True) if kind == "slow" else fault for kind, fault in REQUEST_FAULTS.items()]
