"""The way in from outside: its states, its troubles, and how it is doing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TunnelState(StrEnum):
    """What can be said for certain about the way in."""

    OFF = "off"
    """None is wanted: this machine only."""
    STARTING = "starting"
    """Being opened, or open and not proved yet."""
    UP = "up"
    """Open, and the last self-test came back."""
    UNREACHABLE = "unreachable"
    """Said to be open, but the self-test did not come back."""
    RECONNECTING = "reconnecting"
    """The agent lives and lost its session; it tries by itself."""
    RETRYING = "retrying"
    """Down; tried again by itself after a wait."""
    BLOCKED = "blocked"
    """Down, and trying again cannot help before a person changes something."""


@dataclass(frozen=True, slots=True)
class TunnelProblem:
    """Why the way in does not work. Holds no secret: what an agent quoted is blotted out before.

    ``what`` is a sentence that says what happened, ``do`` one that says what helps, ``page`` the web page to do it on.
    ``code`` is the vendor's own (``ERR_NGROK_4018``). ``again`` says whether trying again by itself can help, and
    ``rest_s`` how many seconds it is left alone first; that is for the supervisor alone and does not travel.
    """

    what: str
    do: str
    again: bool
    code: str | None = None
    page: str | None = None
    rest_s: float = field(default=0.0, compare=False)


NOT_SET_UP = "not_set_up"
"""The code of the problem that nobody has set a way in up yet: that is no trouble."""


class TunnelFailed(Exception):  # noqa: N818 - it names what happened, not a mistake
    """The way in could not be opened, or it is gone."""

    def __init__(self, problem: TunnelProblem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One request that went out through the public URL. ``why`` says in a sentence why it did not come back.

    ``marked`` says whether the listener could tell that it came by the public URL: a proxy of one's own may leave out
    the headers that say so, and then deliveries cannot be told apart from what this machine sends itself.
    """

    at: datetime
    round_trip_ms: float | None
    why: str | None = None
    marked: bool = True

    @property
    def passed(self) -> bool:
        """Whether it came back to this very process."""
        return self.why is None


@dataclass(frozen=True, slots=True)
class TunnelStatus:
    """The way in at one moment. Instants are UTC.

    ``url`` is where the world reaches this home now, without a trailing slash; None while it cannot. ``since`` is when
    ``state`` began, ``down_since`` when it last ceased to be up by itself: tries to open it again change the first and
    not the second, which is None while it is up. ``inspector`` is the agent's own page while inspection is on.
    ``requests_this_month`` counts what came through it as far as this home knows. ``last_url`` is the address that
    stands or stood last, ``address_since`` since when it is this one, and ``moved_from`` the other address to which
    Cal.com is last known to send, None when it is this one or when nothing is known. ``known_here`` says whether
    Cal.com is known to send to the address that stands.
    """

    kind: str
    state: TunnelState
    since: datetime
    url: str | None = None
    problem: TunnelProblem | None = None
    next_try_at: datetime | None = None
    self_test: SelfTest | None = None
    last_delivery_at: datetime | None = None
    restarts: int = 0
    inspector: str | None = None
    requests_this_month: int = 0
    down_since: datetime | None = None
    last_url: str | None = None
    address_since: datetime | None = None
    moved_from: str | None = None
    known_here: bool = True

    @property
    def delivered_here_at(self) -> datetime | None:
        """When a delivery last came by the present address; None when none has."""
        last, since = self.last_delivery_at, self.address_since
        return None if last is None or (since is not None and last < since) else last

    @property
    def again(self) -> bool:
        """Whether it is being opened again by itself after a trouble, and not for the first time or by a wish."""
        opening = self.state is TunnelState.STARTING and self.url is None
        return opening and self.down_since is not None and self.down_since < self.since
