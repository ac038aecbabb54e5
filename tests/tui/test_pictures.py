"""Pictures of Today and of the welcome sheet, at the sizes they were drawn for."""

from __future__ import annotations

import sys

import pytest

from booking_tui.tui.dialogs.welcome import WelcomeDialog

pytestmark = [
    pytest.mark.snapshot,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the pictures were taken on Python 3.11"),
]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["wide", "narrow"])
@pytest.mark.parametrize("state", ["normal", "empty", "broken"])
def test_today_looks_as_it_did(empty_home, settled, until, snap_compare, size, state) -> None:
    if state == "normal":
        empty_home.fill()
    if state == "broken":
        empty_home.break_reading()
    app = empty_home.app()

    async def rest(pilot) -> None:
        await settled(pilot)
        view = pilot.app.main.view
        await until(pilot, lambda: view.selected.border_title)
        await until(pilot, lambda: state == "broken" or "looking" not in view.needs.list._lines[0].draw(40).plain)
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=rest)


@pytest.mark.parametrize("size", [(120, 36), (60, 20)], ids=["wide", "tiny"])
@pytest.mark.parametrize("page", ["ways", "secret"])
def test_the_welcome_looks_as_it_did(empty_home, settled, until, snap_compare, size, page) -> None:
    app = empty_home.app(welcome=True)

    async def rest(pilot) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeDialog))
        if page == "secret":
            await pilot.press("2")
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=rest)
