"""How the two list views look, at the sizes they were drawn for."""

from __future__ import annotations

import sys

import pytest

from tests.tui_views.story import StillHome, go_to, settled, to_bookings, to_hooks

SIZES = {"wide": (120, 36), "narrow": (80, 24)}
pytestmark = [
    pytest.mark.snapshot,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="pictures are compared on one Python only"),
]


def fail(*args: object, **more: object) -> object:
    raise OSError("the disk gave a read error")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["normal", "empty", "broken"])
def test_hooks_looks_as_it_did(
    home: StillHome, empty_home: StillHome, ids, snap_compare, size: str, state: str
) -> None:
    chosen = home if state == "normal" else empty_home
    if state == "broken":
        chosen.queries.events_page = fail  # type: ignore[method-assign]

    async def rest(pilot) -> None:
        if state == "broken":
            await pilot.press("4")
            await settled(pilot, lambda: pilot.app.main.view.table.trouble)
            return
        view = await to_hooks(pilot)
        if state == "normal":
            go_to(view, ids["refused"])
            await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["refused"])

    assert snap_compare(chosen.app(), terminal_size=SIZES[size], run_before=rest)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["normal", "empty", "broken"])
def test_bookings_looks_as_it_did(home: StillHome, empty_home: StillHome, snap_compare, size: str, state: str) -> None:
    chosen = home if state == "normal" else empty_home
    if state == "broken":
        chosen.queries.bookings_page = fail  # type: ignore[method-assign]

    async def rest(pilot) -> None:
        if state == "broken":
            await pilot.press("3")
            await settled(pilot, lambda: pilot.app.main.view.table.trouble)
            return
        view = await to_bookings(pilot)
        if state == "normal":
            view.show_target("bk-ada-2")
            await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")

    assert snap_compare(chosen.app(), terminal_size=SIZES[size], run_before=rest)
