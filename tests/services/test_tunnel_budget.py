"""What a tunnel that falls down again and again may cost: tests, restarts, threads of those who wait."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest

from booking_tui.domain.allowance import Allowance
from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem, TunnelState
from booking_tui.services import tunnel_askers, tunnel_proof
from booking_tui.services.nonces import Nonces
from booking_tui.services.tunnel import TunnelSupervisor
from booking_tui.services.tunnel_pace import (
    EXTRA_AT_ONCE,
    EXTRA_PER_HOUR,
    FIRST_S,
    STEADY_S,
    TEST_EVERY_S,
    pause_before_try,
)
from tests.services.conftest import StillClock, eventually
from tests.services.test_tunnel import PASSES, URL, ScriptedTunnel, Stage, nothing, stage

__all__ = ["stage"]
HOUR = 3600
NGROK = "https://fox-owl.ngrok-free.app"


def dies_and_lives(stage: Stage) -> Callable[[], None]:
    """Give a step that lets the tunnel die at the next look; opening it again brings it back."""

    def die() -> None:
        stage.tunnel.gone = TunnelFailed(PASSES)
        open_again = ScriptedTunnel.open

        def revive(port: int, cancelled: Event) -> str:
            stage.tunnel.gone = None
            return open_again(stage.tunnel, port, cancelled)

        stage.tunnel.open = revive  # type: ignore[method-assign]

    return die


def test_a_tunnel_that_dies_after_each_proof_is_opened_less_and_less_often(stage: Stage) -> None:
    stage.play(*[dies_and_lives(stage)] * 200)
    tries = sorted({status.next_try_at for status in stage.seen if status.next_try_at})
    gaps = [round((after - before).total_seconds()) for before, after in itertools.pairwise(tries)]
    assert gaps[:6] == [3, 5, 9, 17, 33, 61], "each stands for a second, and the pauses are 2, 4, 8, 16, 32 and 60"


def test_tests_out_of_turn_have_a_limit_and_those_of_a_person_have_none(stage: Stage) -> None:
    def flap() -> None:
        stage.tunnel.url = None if stage.tunnel.url else URL

    stage.play(*[flap] * HOUR)
    most = EXTRA_AT_ONCE + EXTRA_PER_HOUR
    assert EXTRA_AT_ONCE <= len(stage.pings) <= most
    assert {status.state for status in stage.seen[-20:]} == {TunnelState.RECONNECTING, TunnelState.STARTING}


def test_what_a_person_wants_is_tested_whatever_was_used_up(stage: Stage) -> None:
    def flap() -> None:
        stage.tunnel.url = None if stage.tunnel.url else URL

    flaps = [flap] * (4 * EXTRA_AT_ONCE)
    stage.play(*flaps, stage.supervisor.restart, nothing)
    assert stage.seen[-1].state is TunnelState.UP
    used_up = [status.state for status in stage.seen[2 * EXTRA_AT_ONCE + 2 : 4 * EXTRA_AT_ONCE]]
    assert TunnelState.UP not in used_up


def test_another_address_does_not_begin_the_count_anew(stage: Stage) -> None:
    names = itertools.count()

    def move() -> None:
        stage.tunnel.url = f"https://other-{next(names)}.example.com"

    stage.play(*[move] * 300)
    assert len(stage.pings) <= EXTRA_AT_ONCE + 300 * EXTRA_PER_HOUR / HOUR + 1


def test_what_stood_for_some_minutes_begins_a_new_row_of_failures(stage: Stage) -> None:
    die = dies_and_lives(stage)
    stage.play(*[die] * 40, *[nothing] * int(STEADY_S + 60), die, nothing, nothing, nothing)
    tries = [status.next_try_at for status in stage.seen if status.state is TunnelState.RETRYING]
    last = [status for status in stage.seen if status.state is TunnelState.RETRYING and status.next_try_at == tries[-1]]
    assert tries[-1] is not None
    assert (tries[-1] - last[0].since).total_seconds() == 1


@pytest.mark.parametrize("kind", ["url", "command"])
def test_an_address_of_ngroks_is_spared_however_it_is_run(stage: Stage, kind: str) -> None:
    stage.tunnel.kind, stage.tunnel.url = kind, NGROK
    stage.play(*[nothing] * int(FIRST_S))
    first = len(stage.pings)
    assert first >= FIRST_S / TEST_EVERY_S[kind] - 1
    stage.seen.clear()
    stage.pings.clear()
    stage.supervisor = TunnelSupervisor(
        stage.source, stage.ping, stage.clock, stage.bus, stage.traffic, pause=stage.pause, jitter=lambda: 0.0
    )
    stage.play(*[nothing] * int(FIRST_S + 6 * HOUR))
    assert len(stage.pings) <= first + 2 + 6 * HOUR / TEST_EVERY_S["ngrok"]


def test_a_trouble_that_takes_its_time_is_left_alone_for_so_long(stage: Stage) -> None:
    stage.tunnel.opening = TunnelFailed(TunnelProblem("The plan is used up.", "Wait.", again=True, rest_s=3600.0))
    states = stage.play(*[nothing] * 7300)
    assert stage.tunnel.opened == 3
    assert set(states) == {TunnelState.RETRYING}
    assert pause_before_try(99, 0.0) == 60.0


def test_a_test_that_met_such_a_trouble_does_not_keep_the_tunnel_closed(stage: Stage) -> None:
    stage.ping_fails = TunnelProblem("The plan is used up.", "Wait.", again=True, rest_s=3600.0)
    stage.play(*[nothing] * 200)
    assert stage.tunnel.opened == 2


@dataclass
class Doubting(ScriptedTunnel):
    """A tunnel that found several addresses."""

    others: list[str] = field(default_factory=list)

    def doubt(self) -> bool:
        if not self.others:
            return False
        self.url = self.others.pop(0)
        return True


def test_other_addresses_of_the_start_are_tried_before_it_is_opened_anew(stage: Stage) -> None:
    good = "https://good-one.trycloudflare.com"
    tunnel = stage.source.tunnel = Doubting(kind="command", others=[good, "https://never.example.com"])

    def ping(url: str, nonce: str) -> float:
        stage.ping_fails = None if url == good else PASSES
        return stage.ping(url, nonce)

    stage.supervisor._ping = ping
    states = stage.play(nothing, nothing, nothing, lambda: setattr(tunnel, "url", URL), *[nothing] * 3)
    assert states[:2] == [TunnelState.UNREACHABLE, TunnelState.UP]
    assert (tunnel.opened, stage.seen[1].url) == (1, good)
    assert tunnel.others == ["https://never.example.com"], "what was proved once is not doubted any more"


# -- those who wait for an answer


def started(stage: Stage, ping: Callable[[str, str], float]) -> TunnelSupervisor:
    supervisor = TunnelSupervisor(stage.source, ping, stage.clock, stage.bus, stage.traffic)
    supervisor.start(8377)
    return supervisor


def test_few_wait_at_once_and_whoever_comes_later_is_told_so_at_once(stage: Stage) -> None:
    stage.clock.seconds = None
    never = Event()
    supervisor = started(stage, lambda url, nonce: float(never.wait(20)))
    answers: list[Any] = []
    waiting = [Thread(target=lambda: answers.append(supervisor.test())) for _ in range(tunnel_askers.MOST)]
    try:
        for thread in waiting:
            thread.start()
        eventually(lambda: len(supervisor._askers._waiting) == tunnel_askers.MOST)
        with pytest.raises(TimeoutError):
            supervisor.test()
        # The end lets them go, though the request is still on its way.
        supervisor.let_go()
        for thread in waiting:
            thread.join(5)
        assert len(answers) == tunnel_askers.MOST
        assert supervisor.test() is not None
    finally:
        never.set()
        supervisor.stop(5.0)


def test_after_the_end_nobody_waits(stage: Stage) -> None:
    supervisor = started(stage, lambda url, nonce: 1.0)
    supervisor.stop(5.0)
    assert supervisor.test().state is TunnelState.OFF


def test_who_gave_up_waiting_is_not_counted_any_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_tui.services.tunnel.TEST_WAIT_S", 0.0)
    for _ in range(tunnel_askers.MOST + 1):
        with pytest.raises(TimeoutError):
            stage.supervisor.test()
    assert not stage.supervisor._askers


def test_a_restart_is_never_half_an_order(stage: Stage) -> None:
    """An opening that is interrupted must know why: else it is taken for a failure."""
    supervisor = stage.supervisor

    class Watched(Event):
        def set(self) -> None:
            assert supervisor._anew
            assert supervisor._orders.locked()
            super().set()

        def clear(self) -> None:
            assert supervisor._orders.locked()
            super().clear()

    watched = supervisor._cancelled = Watched()
    stage.play(supervisor.restart, lambda: setattr(supervisor, "_cancelled", Event()))
    assert watched.is_set() is False


# -- requests that never come back


def test_only_so_many_requests_are_left_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel_proof, "DEADLINE_S", 0.0)
    clock, never, sent = StillClock(), Event(), list[str]()

    def hangs(url: str, nonce: str) -> float:
        sent.append(nonce)
        never.wait(20)
        return 1.0

    errands = tunnel_proof.Errands()
    nonces = Nonces(clock.monotonic)

    def once() -> str:
        result, problem = errands.prove(hangs, nonces, clock, URL, lambda: False)
        assert problem is not None
        assert problem.again
        return result.why or ""

    try:
        assert ["in time" in once() for _ in range(4)] == [True, True, False, False]
        assert len(sent) == tunnel_proof.MOST_LEFT
        monkeypatch.setattr(tunnel_proof, "DEADLINE_S", 60.0)
        with pytest.raises(tunnel_proof.Abandoned):
            tunnel_proof.Errands().prove(hangs, nonces, clock, URL, lambda: True)
    finally:
        never.set()
    eventually(lambda: not any(errand.is_alive() for errand in errands._left))
    assert "in time" not in once()


def test_an_allowance_fills_up_again() -> None:
    allowance = Allowance(2, 0.5)
    assert [allowance.take(1, 10.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(1, 12.0), allowance.take(1, 12.0)] == [True, False]
    allowance.give(1)
    assert allowance.has(1, 12.0)
    assert [allowance.take(1, 999.0) for _ in range(3)] == [True, True, False]
    assert allowance.owe(1, 999.0) == 2.0
