"""What a person does with the way in: a try that fails leads back to what worked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import DeedRefused, TunnelSetup
from booking_tui.services.deed_kinds import Fields
from booking_tui.services.tunnel import TunnelSupervisor
from booking_tui.services.tunnel_deeds import AS_IT_WAS, SET_UP_TUNNEL, TunnelDeeds
from tests.services.conftest import NOON


@dataclass
class Standing:
    """A supervisor of which only the state matters."""

    state: TunnelState = TunnelState.UP
    restarts: int = 0

    @property
    def status(self) -> TunnelStatus:
        return TunnelStatus("ngrok", self.state, NOON)

    def restart(self) -> None:
        self.restarts += 1


@dataclass
class Files:
    """What is written, as a home's files would hold it."""

    held: str = "at first"

    def set_up(self, setup: TunnelSetup) -> Callable[[], None]:
        before, self.held = self.held, setup.domain or ""
        return lambda: setattr(self, "held", before)


def desk(standing: Standing, files: Files) -> TunnelDeeds:
    return TunnelDeeds(cast("TunnelSupervisor", standing), files.set_up)


def test_one_goes_back_to_what_worked_however_much_was_tried_since() -> None:
    standing, files = Standing(), Files()
    deeds = desk(standing, files)
    deeds.set_up(TunnelSetup("ngrok", domain="wrong"))
    standing.state = TunnelState.BLOCKED
    deeds.set_up(TunnelSetup("ngrok", domain="wrong again"))
    deeds.set_up(AS_IT_WAS)
    assert files.held == "at first"
    assert standing.restarts == 3


def test_what_worked_last_is_what_one_goes_back_to() -> None:
    standing, files = Standing(), Files()
    deeds = desk(standing, files)
    deeds.set_up(TunnelSetup("ngrok", domain="good"))
    deeds.set_up(TunnelSetup("ngrok", domain="wrong"))
    standing.state = TunnelState.BLOCKED
    deeds.set_up(AS_IT_WAS)
    assert files.held == "good"


def test_each_sheet_goes_back_to_what_was_set_when_it_was_opened() -> None:
    standing, files = Standing(), Files()
    deeds = desk(standing, files)
    deeds.set_up(TunnelSetup("ngrok", domain="good", first=True))
    standing.state = TunnelState.RETRYING
    deeds.set_up(TunnelSetup("ngrok", domain="wrong", first=True))
    deeds.set_up(TunnelSetup("ngrok", domain="wrong again"))
    deeds.set_up(AS_IT_WAS)
    assert files.held == "good", "it stood on another day, and goes on being opened"


def test_the_mark_of_the_first_try_reaches_the_process_that_holds_the_home() -> None:
    sent = SET_UP_TUNNEL.write_arguments(TunnelSetup("none", first=True))
    assert SET_UP_TUNNEL.read_arguments(Fields(sent)).first
    assert TunnelSetup("none", first=True) == TunnelSetup("none")


def test_without_a_try_there_is_nothing_to_go_back_to() -> None:
    standing, files = Standing(), Files()
    deeds = desk(standing, files)
    with pytest.raises(DeedRefused, match="nothing is known"):
        deeds.set_up(AS_IT_WAS)
    deeds.set_up(TunnelSetup("none"))
    deeds.set_up(AS_IT_WAS)
    with pytest.raises(DeedRefused, match="nothing is known"):
        deeds.set_up(AS_IT_WAS)


def test_a_refused_choice_changes_nothing_that_one_could_go_back_to() -> None:
    def refuse(setup: TunnelSetup) -> Any:
        raise DeedRefused("no")

    deeds = TunnelDeeds(cast("TunnelSupervisor", Standing()), refuse)
    with pytest.raises(DeedRefused, match="no"):
        deeds.set_up(TunnelSetup("none"))
    with pytest.raises(DeedRefused, match="nothing is known"):
        deeds.set_up(AS_IT_WAS)
