"""The public address that changes: it is said until Cal.com is known to have the new one, over restarts too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.domain.webhook import TUNNEL
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused
from booking_tui.services.deed_kinds import Fields
from booking_tui.services.facts import FactBus
from booking_tui.services.status import LampLevel
from booking_tui.services.tunnel_address import KEY, LOOKS, Addresses, kept_addresses
from booking_tui.services.tunnel_deeds import CALCOM_KNOWS, TunnelDeeds, _read_setup
from booking_tui.services.tunnel_traffic import TunnelTraffic
from booking_tui.services.tunnel_words import address_to_send_to, moved, tunnel_lamp
from booking_tui.services.way_in import WayIn
from booking_tui.store.kept import Kept
from tests.services.conftest import NOON, Desktop, StillClock, body_of, eventually
from tests.services.test_tunnel import PASSES, STAYS, URL, ScriptedTunnel, Source, Stage, fails, nothing

OTHER = "https://other-owl.example.com"
THIRD = "https://third-owl.example.com"


class Drawer:
    """Keeps one text, as the database does between two runs."""

    def __init__(self) -> None:
        self.text: str | None = None

    def read(self) -> str | None:
        return self.text

    def write(self, text: str) -> None:
        self.text = text

    def addresses(self, clock: StillClock) -> Addresses:
        return Addresses(clock, self.read, self.write)


def staged(drawer: Drawer) -> Stage:
    clock = StillClock()
    clock.seconds = 1000.0
    tunnel = ScriptedTunnel()
    traffic = TunnelTraffic(clock, lambda month: (None, 0))
    return Stage(tunnel, Source(tunnel), clock, FactBus(), traffic, addresses=drawer.addresses(clock))


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def stage(drawer: Drawer) -> Stage:
    return staged(drawer)


def delivered(stage: Stage) -> Callable[[], Any]:
    """Let a delivery come through, as the listener tells it."""

    def deliver() -> None:
        stage.traffic.delivered()
        assert stage.addresses is not None
        stage.addresses.confirm()

    return deliver


def move(stage: Stage, url: str) -> Callable[[], Any]:
    return lambda: setattr(stage.tunnel, "url", url)


def test_a_first_address_is_no_change(stage: Stage) -> None:
    stage.play(nothing, move(stage, OTHER), nothing, nothing)
    assert [status.moved_from for status in stage.seen] == [None] * 5
    assert stage.seen[-1].url == OTHER


def test_another_address_is_said_until_a_delivery_comes_by_it(stage: Stage) -> None:
    stage.play(nothing, delivered(stage), move(stage, OTHER), nothing, nothing, delivered(stage), nothing)
    assert [status.moved_from for status in stage.seen] == [None, None, None, URL, URL, URL, None, None]
    warned = stage.seen[4]
    assert (warned.state, warned.delivered_here_at) == (TunnelState.UP, None)
    assert warned.address_since == NOON + timedelta(seconds=3)
    assert stage.seen[-1].delivered_here_at is not None


def test_the_lamp_asks_for_the_new_address_and_names_both(stage: Stage) -> None:
    stage.play(delivered(stage), move(stage, OTHER), nothing)
    status = stage.seen[-1]
    lamp = tunnel_lamp(status)
    assert lamp is not None
    assert (lamp.level, lamp.text, lamp.at) == (LampLevel.WARN, "tunnel address changed", status.address_since)
    assert f"enter {OTHER}/webhooks/calcom there" in lamp.detail
    assert "Cal.com still has fox-owl.example.com" in lamp.detail


def test_a_persons_word_settles_it_and_the_way_back_needs_none(stage: Stage) -> None:
    settle = stage.supervisor.settle_address
    stage.play(delivered(stage), move(stage, OTHER), settle, move(stage, URL), nothing, move(stage, OTHER), nothing)
    assert [moved(status) for status in stage.seen] == [False, False, True, False, True, True, False, False]


def test_it_stands_over_a_restart_of_the_program(drawer: Drawer) -> None:
    first = staged(drawer)
    first.play(delivered(first), move(first, OTHER), nothing)
    again = staged(drawer)
    again.clock.forward(hours=3)
    again.tunnel.url = OTHER
    again.play(nothing, delivered(again), nothing)
    assert [status.moved_from for status in again.seen] == [URL, URL, None, None]
    assert again.seen[0].address_since == first.seen[-1].address_since
    third = staged(drawer)
    third.tunnel.url = THIRD
    third.play(nothing)
    assert third.seen[0].moved_from == OTHER, "a command that was started anew has another address"


def test_while_it_is_down_the_last_address_stays_known(stage: Stage) -> None:
    def die() -> None:
        stage.tunnel.gone = fails(PASSES)

    stage.play(nothing, die, nothing)
    down = stage.seen[-1]
    assert (down.state, down.url, down.last_url) == (TunnelState.RETRYING, None, URL)
    assert address_to_send_to(down) == f"{URL}/webhooks/calcom"


def test_the_address_of_another_kind_is_not_the_last_one(stage: Stage) -> None:
    def change() -> None:
        stage.source.refusal, stage.source.kind, stage.source.new = fails(STAYS), "command", True

    stage.play(nothing, change, nothing)
    blocked = stage.seen[-1]
    assert (blocked.kind, blocked.last_url, blocked.self_test) == ("command", None, None)


def test_the_address_of_another_command_is_not_the_last_one(stage: Stage) -> None:
    """An address that an earlier command printed is not offered for copying while the present one fails."""

    def change() -> None:
        stage.source.refusal, stage.source.named, stage.source.new = fails(STAYS), "another", True

    def back() -> None:
        stage.source.named, stage.source.new = "", True

    stage.play(nothing, change, nothing, back, nothing)
    other, again = stage.seen[-3], stage.seen[-1]
    assert (other.state, other.last_url, address_to_send_to(other)) == (TunnelState.BLOCKED, None, None)
    assert again.last_url == URL


def test_what_was_kept_and_makes_no_sense_is_nothing_known(drawer: Drawer) -> None:
    for text in ("[1]", "{", '{"url": 4, "since": "yesterday"}', "null"):
        drawer.text = text
        assert drawer.addresses(StillClock()).now.url is None


def test_an_outage_lasts_from_its_beginning_however_often_it_is_tried_again(stage: Stage) -> None:
    tries: list[TunnelStatus] = []

    def die() -> None:
        stage.tunnel.gone = stage.tunnel.opening = fails(PASSES)

    opening = stage.tunnel.open
    stage.tunnel.open = lambda port, cancelled: (tries.append(stage.supervisor.status), opening(port, cancelled))[1]  # type: ignore[method-assign]
    stage.play(nothing, die, *[nothing] * 60)
    began = stage.seen[2].down_since
    assert began is not None
    assert {status.down_since for status in stage.seen[2:]} == {began}
    assert [status.again for status in tries] == [False, *[True] * (len(tries) - 1)]
    lamp = tunnel_lamp(tries[-1])
    assert lamp is not None
    assert (lamp.level, lamp.text, lamp.at) == (LampLevel.WARN, "tunnel down, trying again", began)
    assert PASSES.what in lamp.detail


def test_a_persons_wish_begins_a_new_count(stage: Stage) -> None:
    stage.tunnel.opening = fails(STAYS)
    stage.play(*[nothing] * 10, stage.supervisor.restart, nothing)
    assert stage.seen[-1].down_since == stage.seen[-1].since > NOON


def test_tries_of_what_never_stood_are_no_restarts(stage: Stage) -> None:
    stage.tunnel.opening = fails(PASSES)
    stage.play(*[nothing] * 60)
    assert stage.tunnel.opened > 3
    assert stage.seen[-1].restarts == 0


def test_a_proxy_that_leaves_the_headers_out_is_noticed(stage: Stage) -> None:
    stage.marks = False
    stage.play(nothing)
    test = stage.seen[-1].self_test
    assert test is not None
    assert (test.passed, test.marked) == (True, False)


# -- on a home


def test_it_is_kept_in_the_home_and_a_delivery_confirms_it(desktop: Desktop, home: Home, clock: StillClock) -> None:
    def way_in() -> WayIn:
        return WayIn(Source(ScriptedTunnel()), lambda url, nonce: 1.0, clock, FactBus(), desktop.records)

    kept = Kept(desktop.records.database)
    first = way_in()
    first._addresses.stands(URL, "ngrok")
    first.passed(delivery=True)
    desktop.put(body_of(), via=TUNNEL)
    assert first._addresses.look()
    clock.forward(minutes=1)
    first._addresses.stands(OTHER, "ngrok")
    eventually(lambda: OTHER in (kept.get(KEY) or ""))
    assert way_in()._addresses.now.moved_from == URL
    TunnelDeeds(first.supervisor).set_up(CALCOM_KNOWS)
    eventually(lambda: kept_addresses(clock, desktop.records).now.moved_from is None)


def test_only_what_cal_com_itself_sends_shows_that_it_knows_the_address(desktop: Desktop, clock: StillClock) -> None:
    addresses = kept_addresses(clock, desktop.records)
    addresses.stands(URL, "ngrok")
    desktop.put(body_of("bk-1"), via=TUNNEL, at=NOON - timedelta(minutes=1))
    desktop.put(body_of("bk-2"), via=None)
    desktop.put(body_of("bk-3"), via=TUNNEL, test=True)
    desktop.put(body_of("bk-4"), via=TUNNEL, source="resend")
    desktop.put(body_of("bk-5"), via=TUNNEL, replay_of="an-event")
    desktop.put(body_of("bk-6"), via=TUNNEL, headers=())
    assert not any(addresses.look() for _ in range(LOOKS + 1))
    desktop.put(body_of("bk-7"), via=TUNNEL)
    assert not addresses.look(), "nothing was heard of, so the inbox is left in peace"
    addresses.expect()
    assert addresses.look()
    assert addresses.now.known == URL


def test_a_stand_in_asks_for_nothing(desktop: Desktop, clock: StillClock) -> None:
    class Demo(Source):
        stands_in = True

    way_in = WayIn(Demo(ScriptedTunnel()), lambda url, nonce: 1.0, clock, FactBus(), desktop.records)
    way_in._addresses.stands(URL, "ngrok")
    way_in.passed(delivery=True)
    way_in._addresses.stands(OTHER, "ngrok")
    assert way_in._addresses.now.moved_from is None
    assert Kept(desktop.records.database).get(KEY) is None


def test_the_word_travels_to_the_process_that_holds_the_home() -> None:
    from booking_tui.services.deeds import SET_UP_TUNNEL

    assert _read_setup(Fields(SET_UP_TUNNEL.write_arguments(CALCOM_KNOWS), "arguments")) == CALCOM_KNOWS
    with pytest.raises(DeedRefused, match="no engine runs"):
        TunnelDeeds(None).set_up(CALCOM_KNOWS)
    assert replace(CALCOM_KNOWS, kind="none") != CALCOM_KNOWS
