"""The door for text, the signs, and the ways out to clipboard, browser and editor."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App
from textual.color import Color

from booking_tui.tui import copying, editing, opening
from booking_tui.tui.ascii_only import AsciiSigns
from booking_tui.tui.glyphs import ASCII, UNICODE
from booking_tui.tui.text import cut, fit, hide_names, masked_name, plain
from tests.tui.conftest import HOSTILE


@given(st.text(), st.integers(0, 60))
def test_fitted_text_has_exactly_the_cells_it_was_given(text: str, width: int) -> None:
    assert cell_len(fit(text, width).plain) == width
    assert cell_len(cut(text, width)) <= width


@given(st.text(alphabet=st.characters(), max_size=40))
def test_nothing_that_steers_a_terminal_comes_through(text: str) -> None:
    shown = plain(text).plain
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown)


def test_markup_is_text_and_has_no_styles() -> None:
    content = plain(HOSTILE)
    assert "[/oops]" in content.plain
    assert not content.spans


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ada Lovelace", "A. L."),
        ("  élodie  du  bois ", "É. D. B."),
        ("ada@example.com", "a…@…"),
        ("", ""),
        ("漢 字", "漢. 字."),
    ],
)
def test_initials_stand_for_a_name(name: str, initials: str) -> None:
    assert masked_name(name) == initials


def test_names_inside_a_sentence_are_hidden_the_longer_first() -> None:
    assert hide_names("Ada Lovelace moved; Ada stays", ["Ada", "Ada Lovelace", ""]) == "A. L. moved; A. stays"


def test_every_sign_is_one_cell_wide_and_ascii_has_one_for_each() -> None:
    for name in UNICODE._fields:
        sign, plain_sign = getattr(UNICODE, name), getattr(ASCII, name)
        assert plain_sign.isascii()
        assert name == "sparks" or cell_len(sign) == 1


def test_ascii_keeps_the_columns_and_the_names() -> None:
    filtered = AsciiSigns(lambda: True).apply([Segment("│ ● Tomás … ─╮"), Segment("plain")], Color(0, 0, 0))
    assert "".join(segment.text for segment in filtered) == "| * Tomás ~ -+plain"
    untouched = AsciiSigns(lambda: False).apply([Segment("●")], Color(0, 0, 0))
    assert untouched[0].text == "●"


class Silent(App[object]):
    def __init__(self) -> None:
        super().__init__()
        self.copied: list[str] = []
        self.opened: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        self.opened.append(url)


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_copy_says_which_way_it_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Silent()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert copying.copy_words(app, "x", what="the link") == "copied the link (asked the terminal, OSC 52)"
    tool(tmp_path, "pbcopy", "exit 1")
    tool(tmp_path, "wl-copy", f"/bin/cat > {tmp_path}/copied")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert copying.copy_words(app, "https://example.com/ü", what="the link") == "copied the link (terminal and wl-copy)"
    assert (tmp_path / "copied").read_text(encoding="utf-8") == "https://example.com/ü"
    assert app.copied == ["x", "https://example.com/ü"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.com",
        "https://",
        "http://[broken",
        "https://a b",
        "x",
        "",
    ],
)
def test_only_web_addresses_are_opened(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "true")
    app = Silent()
    words, tone = opening.open_words(app, url)
    assert app.opened == []
    assert tone == "warning"
    assert "not opened" in words


def test_without_a_browser_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Silent()
    monkeypatch.setattr(opening, "_has_browser", lambda: False)
    assert opening.open_words(app, "https://example.com/a") == (
        "no browser here; the address is https://example.com/a",
        "warning",
    )
    monkeypatch.setattr(opening, "_has_browser", lambda: True)
    assert opening.open_words(app, "https://example.com/a")[1] == "success"
    assert app.opened == ["https://example.com/a"]


class Lent(Silent):
    """An app that lends its terminal without having one."""

    def suspend(self):  # type: ignore[override]
        from contextlib import nullcontext

        return nullcontext()


def test_the_editor_gets_a_private_file_and_its_text_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(
        tmp_path,
        "editor",
        f'/bin/cp "$1" {tmp_path}/seen; /bin/ls -l "$1" > {tmp_path}/mode; /usr/bin/printf changed > "$1"',
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(tmp_path / "editor"))
    assert editing.edit_text(Lent(), "before", ".json") == "changed"
    assert (tmp_path / "seen").read_text() == "before"
    assert (tmp_path / "mode").read_text().startswith(stat.filemode(stat.S_IFREG | 0o600))


def test_an_unchanged_text_is_no_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    assert editing.edit_text(Lent(), "before") is None


@pytest.mark.parametrize(
    ("editor", "words"),
    [("false", "ended with 1"), ("/no/such/editor", "could not be started"), ("'", "cannot be read")],
)
def test_an_editor_that_fails_is_told_in_words(monkeypatch: pytest.MonkeyPatch, editor: str, words: str) -> None:
    monkeypatch.setenv("VISUAL", editor)
    with pytest.raises(editing.EditorError, match=words):
        editing.edit_text(Lent(), "before")


def test_without_any_editor_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(editing.EditorError, match=r"set \$EDITOR"):
        editing.editor_command({})
