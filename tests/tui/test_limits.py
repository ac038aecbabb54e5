"""What is too long is refused in words where it is typed, and of what is kept only a beginning is drawn."""

from __future__ import annotations

import time

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static, TextArea

from booking_tui.domain.booking import NOTE_LIMIT
from booking_tui.domain.filter import Filter
from booking_tui.tui.dialogs.note import NoteAnswer, NoteDialog
from booking_tui.tui.text import cut
from booking_tui.tui.widgets.filter_bar import MOST, FilterBar
from booking_tui.tui.widgets.flow import field


class BarApp(App[None]):
    """A filter bar alone."""

    def compose(self) -> ComposeResult:
        yield FilterBar(lambda text: Filter((), text))


async def test_a_filter_takes_nothing_that_does_not_fit() -> None:
    app = BarApp()
    async with app.run_test() as pilot:
        bar = app.query_one(FilterBar)
        bar.open()
        await pilot.press("a")
        bar.input.post_message(events.Paste("x" * 3_000_000))
        await pilot.pause()
        assert bar.input.value == "a"
        assert bar.wrong == f"a filter has at most {MOST} letters; nothing was added"
        await pilot.press("b")
        bar.input.post_message(events.Paste("c" * (MOST - 2)))
        await pilot.pause()
        assert len(bar.input.value) == MOST
        await pilot.press("d")
        await pilot.pause()
        assert len(bar.input.value) == MOST
        assert bar.wrong


async def test_a_note_that_is_too_long_stays_to_be_shortened() -> None:
    app: App[None] = App()
    answers: list[NoteAnswer | None] = []
    async with app.run_test() as pilot:
        app.push_screen(NoteDialog("Ada", ""), answers.append)
        await pilot.pause()
        app.screen.query_one(TextArea).text = "x" * (NOTE_LIMIT + 1)
        await pilot.press("ctrl+s")
        assert answers == []
        assert "at most 20,000 characters, this one has 20,001" in str(app.screen.query_one("#about", Static).content)
        app.screen.query_one(TextArea).text = "y" * NOTE_LIMIT
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert answers == [NoteAnswer("y" * NOTE_LIMIT, save=True)]


@pytest.mark.parametrize("letters", ["漢字 ", "x", "\u200b", "\n"], ids=["wide", "plain", "hidden", "breaks"])
def test_a_book_sent_as_a_note_is_drawn_at_once(letters: str) -> None:
    text = letters * 1_000_000
    began = time.process_time()
    lines = field("Note", text, 60)
    short = cut(text, 60)
    assert time.process_time() - began < 2
    assert len(lines) <= 20_100
    assert " ".join(line.text for line in lines).split()[-2:] == ["letters", "more)"]
    assert short.endswith("…")


def test_a_short_text_with_many_letters_to_a_cell_is_still_whole() -> None:
    family = "👨‍👩‍👧‍👦" * 5
    assert cut(family, 12) == family
