"""The command table: one letter one meaning, every row has its deed, and the page of keys is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking_tui.tui.commands import Command, first_key, key_word, keys_of
from booking_tui.tui.keys_page import keys_page
from booking_tui.tui.meanings import MEANINGS
from booking_tui.tui.places import PLACES
from booking_tui.tui.shell_commands import SHELL_COMMANDS
from booking_tui.tui.shell_deeds import DEEDS

KEYS_PAGE = Path(__file__).parents[2] / "assets" / "docs" / "keys.md"
ALL = [("app", row) for row in SHELL_COMMANDS] + [
    (place.name, row) for place in PLACES for row in place.load().COMMANDS
]


@pytest.mark.parametrize(("where", "row"), ALL, ids=[row.id for _, row in ALL])
def test_one_letter_means_the_same_everywhere(where: str, row: Command) -> None:
    for key in keys_of(row, {}):
        assert key in MEANINGS, f"{row.id} uses {key}, which has no meaning yet"
        assert row.verb in MEANINGS[key].verbs, f"{row.id} gives {key} another meaning: {MEANINGS[key].words}"


def test_no_view_uses_a_key_twice_nor_one_of_the_frame() -> None:
    frame = [key for row in SHELL_COMMANDS for key in keys_of(row, {}) if row.keys]
    assert len(set(frame)) == len(frame)
    for place in PLACES:
        own = [key for row in place.load().COMMANDS if row.keys for key in keys_of(row, {})]
        assert len(set(own)) == len(own), place.name
        assert not set(own) & set(frame), place.name


def test_every_row_has_a_deed_and_an_id_of_its_own() -> None:
    ids = [row.id for _, row in ALL]
    assert len(set(ids)) == len(ids)
    assert set(DEEDS) == {row.id for row in SHELL_COMMANDS}
    for place in PLACES:
        view = place.load()
        for row in view.COMMANDS:
            assert row.id.partition(".")[0] == place.name
            assert callable(getattr(view, f"do_{row.verb}", None)), row.id


def test_every_row_is_a_sentence() -> None:
    for _, row in ALL:
        assert row.help.endswith("."), row.id
        assert row.title[0].isupper(), row.id


def test_own_keys_come_first_and_are_written_for_people() -> None:
    row = Command("app.help", "question_mark,f1", "Help", "Help.")
    assert keys_of(row, {}) == ("?", "f1")
    assert first_key(row, {"app.help": "ctrl+g"}) == "ctrl+g"
    assert key_word("upper_h") == "H"
    assert key_word("ctrl+left_square_bracket") == "ctrl+["
    assert first_key(Command("a.open", "", "Open", "Open.", shown_key="⏎"), {}, ascii_only=True) == "Enter"


def test_the_page_of_keys_is_what_the_table_says() -> None:
    assert KEYS_PAGE.read_text(encoding="utf-8") == keys_page(), (
        "run: python -m booking_tui.tui.keys_page > assets/docs/keys.md"
    )
