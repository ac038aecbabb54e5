"""The lists to choose from: one row a line at every width, and one key a row."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from booking_tui.tui.context import Story
from booking_tui.tui.dialogs.catalogue import rank
from booking_tui.tui.dialogs.jump import goals
from booking_tui.tui.dialogs.palette import palette_choices


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)], ids=["120", "80", "60"])
async def test_no_command_takes_two_lines(home, settled, size) -> None:
    app = home.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await settled(pilot)
        options = app.screen.query_one(OptionList)
        assert options.virtual_size.height == options.option_count


async def test_each_command_has_its_own_key(home, settled) -> None:
    app = home.app()
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        keys = {choice.id: choice.key for choice in palette_choices(app.main.view, (), {})}
        assert (keys["today.previous-day"], keys["today.next-day"]) == ("[", "]")
        assert (keys["bookings.previous-tab"], keys["bookings.next-tab"]) == ("<", ">")


async def test_jump_letters_hide_no_word(home, settled, screen_text) -> None:
    app = home.app()
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        before = screen_text(app).splitlines()
        for goal in goals(app.main):
            there = before[goal.at.y].ljust(120)[goal.at.x]
            assert there in {" ", "─", goal.letter}, (goal.letter, there)
        assert all(cell_len(goal.letter) == 1 for goal in goals(app.main))


def test_what_is_named_so_comes_first() -> None:
    two, one = Story("two-moves", "g", "Two moves", ""), Story("rescheduled", "g", "A move", "")
    assert rank(one, "move") < rank(two, "move")
