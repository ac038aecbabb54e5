"""Panes of text: flowing, JSON as text and as a tree, what differs, and moving about."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from booking_tui.tui.views.hooks_copying import edited_body
from booking_tui.tui.views.hooks_reading import without_people
from booking_tui.tui.widgets.flow import Piece, TextLine, field, flowed
from booking_tui.tui.widgets.json_diff import diff_lines, differences
from booking_tui.tui.widgets.json_text import Members, json_lines, pretty_json, read_json
from booking_tui.tui.widgets.json_tree import JsonTree
from booking_tui.tui.widgets.lines_view import LinesView

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.text(max_size=40), max_size=5), st.integers(12, 80), st.integers(0, 8))
def test_flowed_text_fits_and_loses_nothing(texts: list[str], width: int, indent: int) -> None:
    lines = flowed([Piece(text) for text in texts], width, indent)
    assert all(cell_len(line.text.rstrip()) <= width for line in lines)
    printable = "".join(text for text in texts if text.isascii() and text.isprintable())
    if printable == "".join(texts):
        assert "".join(line.text for line in lines).replace(" ", "") == printable.replace(" ", "")


def test_a_field_keeps_line_breaks_and_hangs() -> None:
    lines = field("Note", "first line\nsecond line that is long", 24, column=8)
    assert [line.text for line in lines] == ["Note    first line", "        second line that ", "        is long"]


@given(JSON)
def test_pretty_json_says_the_same(value: object) -> None:
    source = json.dumps(value, ensure_ascii=False)
    assert json.loads(pretty_json(read_json(source.encode("utf-8", "replace")))) == json.loads(
        source.encode("utf-8", "replace")
    )


@given(JSON, JSON)
def test_no_difference_means_the_same_json(left: object, right: object) -> None:
    old, new = (read_json(json.dumps(value).encode()) for value in (left, right))
    found = list(differences(old, new))
    assert (not found) == (json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True))
    assert all(cell_len(line.text.rstrip()) <= 60 for line in diff_lines(found, 60))


def test_repeated_names_and_the_spelling_of_numbers_stay() -> None:
    value = read_json(b'{"a":1.10,"a":1e3,"b":[1,{"c":null}]}')
    assert isinstance(value, Members)
    assert [name for name, _ in value] == ["a", "a", "b"]
    text = "\n".join(line.text for line in json_lines(value, 40))
    assert '"a": 1.10,' in text
    assert '"a": 1e3,' in text


def test_an_edited_body_is_compacted_without_touching_its_tokens() -> None:
    body, _, problem = edited_body('{\n  "a" : "two  blanks",\n  "n": 1.10, "n": 2\n}\n')
    assert problem is None
    assert body == b'{"a":"two  blanks","n":1.10,"n":2}'
    body, value, problem = edited_body("{ no json")
    assert (body, value) == (b"{ no json", None)
    assert problem


def test_without_people_nothing_names_anybody() -> None:
    value = read_json(
        b'{"triggerEvent":"X","payload":{"title":"Ada","startTime":"2027","attendees":[{"email":"a@b","timeZone":"UTC"}],"tags":["Ada"],"n":3}}'
    )
    text = pretty_json(without_people(value))
    assert "Ada" not in text
    assert "a@b" not in text
    assert "2027" in text
    assert '"n": 3' in text


class TreeApp(App[None]):
    def compose(self) -> ComposeResult:
        yield JsonTree()
        yield LinesView(id="plain")


async def test_the_tree_opens_and_closes_and_keeps_its_place() -> None:
    app = TreeApp()
    async with app.run_test(size=(60, 20)) as pilot:
        tree = app.query_one(JsonTree)
        tree.focus()
        tree.show_value(read_json(b'{"a":1,"deep":{"er":{"est":{"end":true}}},"z":[]}'))
        texts = [line.text for line in tree.lines]
        assert any("▾ deep" in text for text in texts)
        await pilot.press("down", "enter")
        assert any("▸ deep" in line.text and "{ 1 }" in line.text for line in tree.lines)
        await pilot.press("right", "right", "right", "left", "left")
        assert tree.target == "$\n1"
        await pilot.press("end")
        assert tree.lines[tree.cursor or 0].text.strip().startswith("z")
        await pilot.press("enter")
        tree.show_value("just text")
        assert [line.text.strip() for line in tree.lines] == ['value  "just text"']


async def test_moving_and_finding_in_a_pane() -> None:
    app = TreeApp()
    async with app.run_test(size=(60, 20)) as pilot:
        pane = app.query_one("#plain", LinesView)
        pane.focus()
        pane.show(
            lambda _: [TextLine((Piece(f"line {number} {'x' if number % 30 == 0 else ''}"),)) for number in range(100)]
        )
        await pilot.press("pagedown", "down")
        assert pane.scroll_offset.y > 1
        await pilot.press("end")
        assert "line 99" in pane.render_line(pane.size.height - 1).text
        await pilot.press("home")
        assert pane.find("line 9") == 11
        assert pane.next_match()
        assert pane.find("nowhere") == 0
        assert not pane.next_match()
        pane.show(lambda _: [TextLine((Piece(f"entry {number // 2}"),), f"t{number // 2}") for number in range(20)])
        await pilot.press("down", "down")
        assert pane.target == "t2"
        await pilot.press("up")
        assert pane.target == "t1"
        assert pane.stand_on("t7")
        assert not pane.stand_on("nothing")
