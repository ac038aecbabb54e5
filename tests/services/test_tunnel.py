"""The tunnel's supervisor, step by step: each pause of its loop is a step of the script that a test writes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from booking_tui.domain.tunnel import NOT_SET_UP, TunnelFailed, TunnelProblem, TunnelState, TunnelStatus
from booking_tui.ports import Tunnel
from booking_tui.services.facts import HEALTH, FactBus
from booking_tui.services.nonces import LIFE_S, MOST, Nonces
from booking_tui.services.status import LampLevel
from booking_tui.services.tunnel import FAILED_TESTS_BEFORE_RESTART, TunnelSupervisor
from booking_tui.services.tunnel_address import Addresses
from booking_tui.services.tunnel_json import read_tunnel, write_tunnel
from booking_tui.services.tunnel_pace import TEST_EVERY_S, pause_before_try
from booking_tui.services.tunnel_traffic import TunnelTraffic
from booking_tui.services.tunnel_words import public_name, tunnel_figures, tunnel_lamp
from tests.services.conftest import NOON, StillClock

URL = "https://fox-owl.example.com"
PASSES = TunnelProblem("The service is out of reach.", "Wait.", again=True)
STAYS = TunnelProblem(
    "The token is wrong.", "Give another.", again=False, code="ERR_NGROK_107", page="https://example.com"
)


def fails(problem: TunnelProblem) -> TunnelFailed:
    return TunnelFailed(problem)


@dataclass
class ScriptedTunnel:
    """A tunnel whose answers are set by the test."""

    url: str | None = URL
    opening: TunnelFailed | None = None
    gone: TunnelFailed | None = None
    kind: str = "ngrok"
    inspector: str | None = None
    opened: int = 0
    closed: int = 0
    port: int = 0

    def open(self, port: int, cancelled: Event) -> str:
        assert not cancelled.is_set()
        self.opened += 1
        self.port = port
        if self.opening is not None:
            raise self.opening
        return self.url or URL

    def look(self) -> str | None:
        if self.gone is not None:
            raise self.gone
        return self.url

    def close(self) -> None:
        self.closed += 1


@dataclass
class Source:
    """Gives the scripted tunnel again and again."""

    tunnel: ScriptedTunnel | None
    refusal: TunnelFailed | None = None
    kind: str = "ngrok"
    made: int = 0
    new: bool = False
    named: str = ""
    """What its settings name: another command is another way in."""
    standing_url: str | None = None

    @property
    def way(self) -> str:
        return f"{self.kind} {self.named}"

    def make(self) -> Tunnel | None:
        self.made += 1
        self.new = False
        if self.refusal is not None:
            raise self.refusal
        return self.tunnel

    def changed(self) -> bool:
        return self.new


@dataclass
class Stage:
    """A supervisor on a script; ``seen`` is the status at every step."""

    tunnel: ScriptedTunnel
    source: Source
    clock: StillClock
    bus: FactBus
    traffic: TunnelTraffic
    pings: list[str] = field(default_factory=list)
    ping_fails: TunnelProblem | None = None
    addresses: Addresses | None = None
    marks: bool = True
    """Whether the request of one's own is seen to come by the public address, as a listener sees it."""
    waits: list[float] = field(default_factory=list)
    seen: list[TunnelStatus] = field(default_factory=list)
    supervisor: TunnelSupervisor = field(init=False)
    steps: Iterator[Callable[[], Any]] = field(default_factory=lambda: iter(()))

    def __post_init__(self) -> None:
        self.supervisor = TunnelSupervisor(
            self.source,
            self.ping,
            self.clock,
            self.bus,
            self.traffic,
            addresses=self.addresses,
            pause=self.pause,
            jitter=lambda: 0.0,
        )

    def ping(self, url: str, nonce: str) -> float:
        assert self.supervisor.nonces.take(nonce)
        self.pings.append(url)
        if self.marks:
            self.traffic.requested()
        if self.ping_fails is not None:
            raise TunnelFailed(self.ping_fails)
        return 12.5

    def pause(self, seconds: float) -> bool:
        """Let the time go by that the supervisor waits, then do the script's next step; at its end, stop."""
        self.seen.append(self.supervisor.status)
        self.waits.append(seconds)
        self.pass_time(seconds)
        step = next(self.steps, None)
        if step is None:
            self.supervisor.stop(0.0)
        else:
            step()
        return False

    def pass_time(self, seconds: float, *, slept: bool = False) -> None:
        self.clock.at += timedelta(seconds=seconds)
        assert self.clock.seconds is not None
        self.clock.seconds += 0 if slept else seconds

    def play(self, *steps: Callable[[], Any]) -> list[TunnelState]:
        """Run the script; gives the states in which the supervisor rested."""
        self.steps = iter(steps)
        self.supervisor.keep_open(8377)
        return [status.state for status in self.seen]


@pytest.fixture
def stage() -> Stage:
    clock = StillClock()
    clock.seconds = 1000.0
    tunnel = ScriptedTunnel()
    traffic = TunnelTraffic(clock, lambda month: (None, 7))
    return Stage(tunnel, Source(tunnel), clock, FactBus(), traffic)


def nothing() -> None:
    return None


UP, DOWN, BLOCKED = TunnelState.UP, TunnelState.RETRYING, TunnelState.BLOCKED


def test_it_is_up_only_once_its_own_request_came_back(stage: Stage) -> None:
    states: list[TunnelState] = []

    def ping(url: str, nonce: str) -> float:
        states.append(stage.supervisor.status.state)
        return stage.ping(url, nonce)

    stage.supervisor._ping = ping
    assert stage.play() == [UP]
    assert states == [TunnelState.STARTING]
    status = stage.seen[0]
    assert (status.url, status.kind, status.problem) == (URL, "ngrok", None)
    assert status.self_test is not None
    assert (status.self_test.round_trip_ms, status.self_test.at) == (12.5, NOON)
    assert (stage.tunnel.port, stage.tunnel.closed) == (8377, 1)
    assert stage.supervisor.status.state is TunnelState.OFF
    assert stage.supervisor.url is None


def test_the_self_test_is_rare(stage: Stage) -> None:
    stage.play(*[nothing] * int(TEST_EVERY_S["ngrok"] * 2 + 10))
    assert stage.pings == [URL] * 3


def test_an_address_of_ones_own_costs_no_plan_and_is_tested_each_minute(stage: Stage) -> None:
    stage.tunnel.kind = "url"
    stage.play(*[nothing] * 130)
    assert stage.pings == [URL] * 3


def test_a_delivery_that_came_through_saves_a_test(stage: Stage) -> None:
    steps: list[Callable[[], Any]] = [nothing] * int(TEST_EVERY_S["ngrok"] * 2)
    for at in (600, 1500, 2400, 3200):
        steps[at] = stage.traffic.delivered
    stage.play(*steps)
    assert stage.pings == [URL]
    assert stage.seen[-1].last_delivery_at is not None


def test_a_delivery_proves_what_a_test_could_not(stage: Stage) -> None:
    stage.ping_fails = PASSES
    states = stage.play(nothing, stage.traffic.delivered, *[nothing] * 200)
    assert states[0] is TunnelState.UNREACHABLE
    assert set(states[2:]) == {UP}
    assert stage.tunnel.opened == 1


def test_what_came_before_a_reopening_proves_nothing_after_it(stage: Stage) -> None:
    def deliver_and_restart() -> None:
        stage.traffic.delivered()
        stage.supervisor.restart()

    states = stage.play(nothing, deliver_and_restart, nothing, nothing)
    assert states[-1] is UP
    assert stage.pings == [URL] * 2


def test_another_server_that_answers_is_not_this_one(stage: Stage) -> None:
    stage.supervisor._ping = lambda url, nonce: 1.0
    assert stage.play() == [TunnelState.UNREACHABLE]
    problem = stage.seen[0].problem
    assert problem is not None
    assert "not this booking_tui" in problem.what


def test_an_answer_that_never_ends_is_left_when_somebody_wants_something_else(stage: Stage) -> None:
    never, began = Event(), Event()

    def drips(url: str, nonce: str) -> float:
        began.set()
        never.wait(20)
        return 1.0

    supervisor = TunnelSupervisor(stage.source, drips, stage.clock, stage.bus, stage.traffic)
    supervisor.start(8377)
    try:
        assert began.wait(5)
        supervisor.stop(3.0)
        assert supervisor.status.state is TunnelState.OFF
        assert stage.tunnel.closed == 1
    finally:
        never.set()
        supervisor.stop(3.0)


def test_the_last_name_stays_known_while_the_way_in_is_looked_for_again(stage: Stage) -> None:
    names: list[str | None] = []

    def lose() -> None:
        stage.tunnel.url = None

    def note() -> None:
        names.append(stage.supervisor.last_url)

    stage.play(nothing, lose, note, note)
    assert names == [URL, URL]


def test_what_was_no_delivery_proves_nothing(stage: Stage) -> None:
    steps: list[Callable[[], Any]] = [nothing] * int(TEST_EVERY_S["ngrok"] + 5)
    steps[1000] = stage.traffic.requested
    stage.play(*steps)
    assert stage.pings == [URL] * 2
    assert stage.seen[-1].last_delivery_at is None


def test_a_self_test_that_does_not_come_back_is_said_and_tried_again_soon(stage: Stage) -> None:
    stage.ping_fails = PASSES
    states = stage.play(*[nothing] * 5, lambda: setattr(stage, "ping_fails", None), *[nothing] * 12)
    assert states[0] is TunnelState.UNREACHABLE
    assert states[-1] is UP
    assert stage.seen[0].problem == PASSES
    assert stage.seen[0].self_test is not None
    assert stage.seen[0].self_test.why == PASSES.what
    assert stage.seen[0].url == URL
    assert len(stage.pings) == 3
    assert (stage.tunnel.opened, stage.seen[-1].problem) == (1, None)


@pytest.mark.parametrize("problem", [PASSES, STAYS])
def test_after_some_failed_tests_the_tunnel_is_opened_anew_once(stage: Stage, problem: TunnelProblem) -> None:
    stage.ping_fails = problem
    states = stage.play(*[nothing] * 400)
    assert stage.tunnel.opened == 2
    assert stage.pings[:FAILED_TESTS_BEFORE_RESTART] == [URL] * FAILED_TESTS_BEFORE_RESTART
    assert stage.seen[-1].restarts == 1
    assert states[-1] is TunnelState.UNREACHABLE
    assert BLOCKED not in states


def test_an_address_of_ones_own_is_not_opened_anew_since_that_helps_nothing(stage: Stage) -> None:
    stage.tunnel.kind = "url"
    stage.ping_fails = PASSES
    stage.play(*[nothing] * 200)
    assert stage.tunnel.opened == 1
    assert stage.seen[-1].state is TunnelState.UNREACHABLE


def test_a_death_is_noticed_at_the_next_look_and_it_is_opened_again(stage: Stage) -> None:
    def die() -> None:
        stage.tunnel.gone = fails(PASSES)

    def live() -> None:
        stage.tunnel.gone = None

    states = stage.play(nothing, die, live, nothing, nothing)
    assert states == [UP, UP, DOWN, UP, UP, UP]
    down = stage.seen[2]
    assert (down.problem, down.url, down.restarts) == (PASSES, None, 1)
    assert down.next_try_at == stage.clock.at - timedelta(seconds=3)
    assert stage.pings == [URL] * 2


def test_tries_are_further_and_further_apart(stage: Stage) -> None:
    stage.tunnel.opening = fails(PASSES)
    stage.play(*[nothing] * 300)
    tries = sorted({status.next_try_at for status in stage.seen if status.next_try_at})
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(tries)]
    assert gaps == [2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert [pause_before_try(n, 0.0) for n in (1, 2, 3, 20)] == [1, 2, 4, 60]
    assert pause_before_try(1, 1.0) == 1.25


def test_what_a_person_must_change_is_not_tried_again_until_the_settings_change(stage: Stage) -> None:
    def mend() -> None:
        stage.tunnel.opening = None
        stage.source.new = True

    stage.tunnel.opening = fails(STAYS)
    states = stage.play(*[nothing] * 100, mend, nothing)
    assert states[:101] == [BLOCKED] * 101
    assert states[-1] is UP
    assert stage.tunnel.opened == 2
    assert stage.seen[0].problem == STAYS


def test_settings_that_cannot_be_used_are_a_trouble_too(stage: Stage) -> None:
    stage.source.refusal = fails(STAYS)
    assert stage.play(nothing) == [BLOCKED, BLOCKED]
    assert stage.seen[0].problem == STAYS


def test_another_kind_takes_effect_without_a_restart(stage: Stage) -> None:
    other = ScriptedTunnel(url="https://hooks.example.com", kind="url")

    def change() -> None:
        stage.source.tunnel = other
        stage.source.new = True

    stage.play(nothing, change, nothing)
    assert (stage.tunnel.closed, other.opened) == (1, 1)
    assert (stage.seen[-1].kind, stage.seen[-1].url) == ("url", "https://hooks.example.com")


def test_no_tunnel_is_none_until_one_is_wanted(stage: Stage) -> None:
    def want() -> None:
        stage.source.tunnel = stage.tunnel
        stage.source.new = True

    stage.source.tunnel = None
    states = stage.play(nothing, want, nothing)
    assert states == [TunnelState.OFF, TunnelState.OFF, UP, UP]
    assert stage.seen[0].kind == "none"


def test_another_address_is_noticed_told_and_proved(stage: Stage) -> None:
    def move() -> None:
        stage.tunnel.url = "https://other.example.com"

    subscription = stage.bus.subscribe(nothing)
    states = stage.play(nothing, move, nothing)
    assert states[-1] is UP
    assert stage.seen[-1].url == "https://other.example.com"
    assert stage.pings == [URL, "https://other.example.com"]
    assert {(fact.kind, fact.key) for fact in subscription.drain()} == {(HEALTH, "tunnel")}


def test_a_lost_session_is_said_and_proved_when_it_is_back(stage: Stage) -> None:
    def lose() -> None:
        stage.tunnel.url = None

    def find() -> None:
        stage.tunnel.url = URL

    states = stage.play(nothing, lose, nothing, find, nothing)
    assert states == [UP, UP, TunnelState.RECONNECTING, TunnelState.RECONNECTING, UP, UP]
    assert stage.seen[2].url is None
    assert stage.pings == [URL, URL]
    assert stage.tunnel.opened == 1


def test_after_a_sleep_it_is_tested_at_once(stage: Stage) -> None:
    stage.play(nothing, lambda: stage.pass_time(3600, slept=True), nothing, nothing)
    assert stage.pings == [URL] * 2


def test_a_clock_set_back_is_no_sleep(stage: Stage) -> None:
    stage.play(nothing, lambda: stage.pass_time(-7200, slept=True), nothing)
    assert stage.pings == [URL]


def test_opening_anew_reads_the_settings_anew(stage: Stage) -> None:
    stage.play(nothing, stage.supervisor.restart, nothing)
    assert (stage.source.made, stage.tunnel.opened, stage.tunnel.closed) == (2, 2, 2)
    assert stage.seen[-1].restarts == 0


def test_a_fault_of_ones_own_does_not_end_the_supervision(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise LookupError("halfway")

    def make() -> Tunnel | None:
        stage.source.make = Source(stage.tunnel).make  # type: ignore[method-assign]
        broken()
        return None

    stage.source.make = make  # type: ignore[method-assign]
    states = stage.play(nothing, nothing)
    assert states == [DOWN, UP, UP]
    assert "halfway" in caplog.text


def test_asked_for_a_test_it_sends_one_and_answers(stage: Stage) -> None:
    supervisor = stage.supervisor = TunnelSupervisor(stage.source, stage.ping, stage.clock, stage.bus, stage.traffic)
    supervisor.start(8377)
    try:
        status = supervisor.test()
        assert status.state is UP
        assert status.self_test is not None
        stage.clock.forward(minutes=5)
        again = supervisor.test()
        assert again.self_test is not None
        assert again.self_test.at == NOON + timedelta(minutes=5)
    finally:
        supervisor.stop(5.0)
    assert supervisor.status.state is TunnelState.OFF


def test_asked_for_a_test_without_a_tunnel_it_answers_at_once(stage: Stage) -> None:
    stage.tunnel.opening = fails(STAYS)
    supervisor = TunnelSupervisor(stage.source, lambda url, nonce: 3.0, stage.clock, stage.bus, stage.traffic)
    supervisor.start(8377)
    try:
        assert supervisor.test().state is BLOCKED
    finally:
        supervisor.stop(5.0)


# -- the words it sends around


def test_a_nonce_comes_back_once_and_soon() -> None:
    now = [0.0]
    nonces = Nonces(lambda: now[0])
    word = nonces.new()
    assert [nonces.take(word), nonces.take(word), nonces.take("other")] == [True, False, False]
    late = nonces.new()
    now[0] += LIFE_S + 1
    assert not nonces.take(late)
    many = [nonces.new() for _ in range(MOST + 1)]
    assert len(set(many)) == MOST + 1
    assert not nonces.take(many[0])
    assert nonces.take(many[-1])


# -- what came through


def test_the_month_begins_anew_and_what_came_last_is_kept() -> None:
    clock = StillClock(datetime(2027, 3, 31, 23, 59, tzinfo=UTC))
    earlier = datetime(2027, 3, 2, tzinfo=UTC)
    asked: list[datetime] = []

    def before(month: datetime) -> tuple[datetime | None, int]:
        asked.append(month)
        return earlier, 41

    traffic = TunnelTraffic(clock, before)
    assert (traffic.last_delivery_at, traffic.requests_this_month) == (earlier, 41)
    traffic.requested()
    assert traffic.requests_this_month == 42
    clock.forward(minutes=2)
    assert (traffic.last_delivery_at, traffic.requests_this_month) == (earlier, 0)
    traffic.requested()
    traffic.delivered()
    assert (traffic.last_delivery_at, traffic.requests_this_month) == (clock.at, 1)
    assert asked == [datetime(2027, 3, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://hooks.example.com", "hooks.example.com"),
        ("https://Hooks.Example.com:443/", "hooks.example.com"),
        ("https://hooks.example.com.", "hooks.example.com"),
        ("https://hooks.example.com:8443", "hooks.example.com:8443"),
        ("https://münchen.example", "xn--mnchen-3ya.example"),
        ("https://Faß.de", "xn--fa-hia.de"),
        ("https://bu\u0308cher\u3002example", "xn--bcher-kva.example"),
        ("http://127.0.0.1:4567", "127.0.0.1:4567"),
        ("http://[::1]:80", "[::1]"),
        ("https://[/nonsense", "https://[/nonsense"),
    ],
)
def test_the_name_is_the_one_that_senders_write(url: str, name: str) -> None:
    assert public_name(url) == name


# -- how it looks


@pytest.mark.parametrize(
    ("state", "problem", "level", "words"),
    [
        (UP, None, LampLevel.OK, "tunnel fox-owl.example.com"),
        (TunnelState.STARTING, None, LampLevel.QUIET, "tunnel starting"),
        (TunnelState.UNREACHABLE, PASSES, LampLevel.WARN, "tunnel does not answer"),
        (TunnelState.RECONNECTING, None, LampLevel.WARN, "tunnel reconnecting"),
        (DOWN, PASSES, LampLevel.WARN, "tunnel down, trying again"),
        (BLOCKED, STAYS, LampLevel.BAD, "tunnel down"),
        (BLOCKED, TunnelProblem("a", "b", again=False, code=NOT_SET_UP), LampLevel.QUIET, "tunnel not set up"),
    ],
)
def test_the_lamp_tells_the_truth(
    state: TunnelState, problem: TunnelProblem | None, level: LampLevel, words: str
) -> None:
    lamp = tunnel_lamp(TunnelStatus("ngrok", state, NOON, url=URL, problem=problem))
    assert lamp is not None
    assert (lamp.level, lamp.text) == (level, words)
    if level is LampLevel.BAD:
        assert (STAYS.what in lamp.detail, STAYS.do in lamp.detail) == (True, True)


def test_no_lamp_for_no_tunnel() -> None:
    assert tunnel_lamp(TunnelStatus("none", TunnelState.OFF, NOON)) is None


def test_a_status_travels_whole(stage: Stage) -> None:
    stage.ping_fails = STAYS
    stage.play(nothing, nothing, stage.traffic.delivered, *[nothing] * 4)
    for status in (*stage.seen, TunnelStatus("none", TunnelState.OFF, NOON, inspector="http://127.0.0.1:4040")):
        assert read_tunnel(write_tunnel(status)) == status


def test_the_figures_are_there(stage: Stage) -> None:
    stage.play()
    text = tunnel_figures(
        stage.seen[0], NOON + timedelta(seconds=9), lambda n, _, v: f"g {n} {v}\n", lambda n, _, v: f"c {n} {v}\n"
    )
    assert text.splitlines() == [
        "g tunnel_up 1",
        "c tunnel_restarts_total 0",
        "g tunnel_requests_month 8",
        "g tunnel_self_test_seconds 0.0125",
        "g tunnel_self_test_age_seconds 9.0",
    ]
