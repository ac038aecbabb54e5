"""How the sheets of the way in look, at the sizes they were drawn for."""

from __future__ import annotations

import sys

import pytest

from tests.tui_views.story import StillHome, quiet, to_hooks
from tests.tui_views.way_in_story import BLOCKED, MOVED, OUTAGE, UNSET, UP, Outside

SIZES = {"wide": (120, 36), "narrow": (80, 24)}
STATES = {
    "up": (UP, "i"),
    "unset": (UNSET, "i"),
    "blocked": (BLOCKED, "i"),
    "moved": (MOVED, "i"),
    "outage": (OUTAGE, "i", "w"),
    "steps": (UP, "i", "w"),
    "setup": (UNSET, "i", "s"),
}
pytestmark = [
    pytest.mark.snapshot,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="pictures are compared on one Python only"),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_the_way_in_looks_as_it_did(empty_home: StillHome, snap_compare, size: str, state: str) -> None:
    status, *keys = STATES[state]

    async def rest(pilot) -> None:
        await to_hooks(pilot)
        for key in keys:
            await pilot.press(key)
            await quiet(pilot)

    assert snap_compare(Outside(empty_home, status).app(), terminal_size=SIZES[size], run_before=rest)
