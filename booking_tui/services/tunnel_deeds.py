"""What a person does with the tunnel: test it, open it anew, set it up. Done by the process that holds the home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import DeedRefused, TunnelSetup
from booking_tui.services.deed_kinds import Deed, Fields
from booking_tui.services.tunnel import TunnelSupervisor
from booking_tui.services.tunnel_json import read_tunnel, write_tunnel

Undo = Callable[[], None]
SetUp = Callable[[TunnelSetup], Undo]
"""Writes what was chosen into the home's files; gives what undoes it. Raises DeedRefused with what is wrong."""
_NO_ENGINE = "no engine runs on this home, and it is what holds the tunnel: start booking-tui, or booking-tui serve"


CALCOM_KNOWS = TunnelSetup("as it is")
"""No other way in: the person says that Cal.com sends to the present address by now."""


AS_IT_WAS = TunnelSetup("as it was")
"""The settings of the way in as they were before the sheet tried others."""


def no_setup(_: TunnelSetup) -> Undo:
    """Refuse to set anything up."""
    raise DeedRefused("the tunnel of this home is not set up here")


class TunnelDeeds:
    """The deeds on a running engine's tunnel, or on the settings alone where no engine runs."""

    def __init__(self, supervisor: TunnelSupervisor | None, set_up: SetUp = no_setup) -> None:
        self._supervisor = supervisor
        self._set_up = set_up
        self._undo: Undo | None = None
        """Leads back to what was set before the first of the tries on one sheet, or to what worked between two."""

    def test(self) -> TunnelStatus:
        """Send a request around through the public URL now."""
        try:
            return self._running.test()
        except TimeoutError:
            raise DeedRefused("the tunnel is busy and gave no answer in time; try again in a moment") from None

    def restart(self) -> TunnelStatus:
        """Open the tunnel anew, by the settings as they are now."""
        self._running.restart()
        return self._running.status

    def set_up(self, setup: TunnelSetup) -> TunnelStatus | None:
        """Write the choice and open the tunnel by it; None when no engine runs that could open it."""
        if setup == CALCOM_KNOWS:
            self._running.settle_address()
            return self._running.status
        if setup == AS_IT_WAS:
            self._go_back()
        else:
            worked = self._supervisor is not None and self._supervisor.status.state is TunnelState.UP
            undo = self._set_up(setup)
            if setup.first or worked or self._undo is None:
                self._undo = undo
        if self._supervisor is None:
            return None
        self._supervisor.restart()
        return self._supervisor.status

    def _go_back(self) -> None:
        if self._undo is None:
            raise DeedRefused("nothing is known of a way in before this one")
        self._undo()
        self._undo = None

    @property
    def _running(self) -> TunnelSupervisor:
        if self._supervisor is None:
            raise DeedRefused(_NO_ENGINE)
        return self._supervisor


def _read_setup(fields: Fields) -> TunnelSetup:
    return TunnelSetup(
        kind=fields.text("kind"),
        authtoken=fields.maybe_text("authtoken"),
        domain=fields.maybe_text("domain"),
        public_url=fields.maybe_text("public_url"),
        command=fields.maybe_text("command"),
        inspect=fields.flag("inspect"),
        first=fields.flag("first"),
    )


def _read_status(fields: Fields) -> TunnelStatus:
    found = _read_maybe_status(fields)
    if found is None:
        raise DeedRefused("the answer was not understood: it holds no state of a tunnel")
    return found


def _read_maybe_status(fields: Fields) -> TunnelStatus | None:
    value = fields.any("result")
    try:
        return None if value is None else read_tunnel(value)
    except (KeyError, TypeError, ValueError) as error:
        raise DeedRefused(f"the answer was not understood: {error}") from error


TEST_TUNNEL: Deed[None, TunnelStatus] = Deed(
    "test_tunnel", lambda desk, _: desk.test_tunnel(), lambda _: {}, lambda _: None, write_tunnel, _read_status
)
RESTART_TUNNEL: Deed[None, TunnelStatus] = Deed(
    "restart_tunnel", lambda desk, _: desk.restart_tunnel(), lambda _: {}, lambda _: None, write_tunnel, _read_status
)
SET_UP_TUNNEL: Deed[TunnelSetup, TunnelStatus | None] = Deed(
    "set_up_tunnel",
    lambda desk, setup: desk.set_up_tunnel(setup),
    asdict,
    _read_setup,
    lambda status: None if status is None else write_tunnel(status),
    _read_maybe_status,
)
