"""Tables: aligned by cells, cleaned, cut on a terminal only."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from booking_tui.cli.lists import take
from booking_tui.cli.output import Column, cells, emit_json, emit_table, lines, local_second, local_time, with_progress

COLUMNS = (Column("who", gives=True), Column("n", right=True), Column("id"))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("abc", 3),
        ("山田", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("👩\u200d🔬", 2),
        ("❤\ufe0f", 1),
        ("", 0),
        ("ａ", 2),
        ("می\u200cخ", 3),
    ],
)
def test_cells(text, count):
    assert cells(text) == count


def test_columns_align_by_cells():
    found = lines(COLUMNS, [["山田", "1", "x"], ["Ada", "10", "y"]], None)
    assert found == ["WHO    N  ID", "山田   1  x", "Ada   10  y"]


def test_a_narrow_terminal_shortens_what_gives():
    found = lines(COLUMNS, [["A very long name indeed", "1", "id-1"], ["山田太郎山田太郎", "2", "id-2"]], 20)
    assert found[1] == "A very lon…  1  id-1"
    assert found[2] == "山田太郎山…  2  id-2"
    assert all(cells(line) <= 20 for line in found)


def test_ids_are_never_cut():
    found = lines(COLUMNS, [["name", "1", "a-long-identifier-that-stays"]], 10)
    assert "a-long-identifier-that-stays" in found[1]


def test_a_table_in_a_pipe_is_whole_and_clean(capsys):
    emit_table(COLUMNS, [("x\x1b[31m" + "y" * 300, None, "i")])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "y" * 300 in out


def test_json_is_one_ascii_document(capsys):
    emit_json({"a": "é\x1b\u202e\ud800"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"a": "é\x1b\u202e\ud800"}


def test_times_for_people():
    instant = datetime(2027, 3, 4, 13, 5, 9, tzinfo=UTC)
    assert local_time(instant, ZoneInfo("Europe/Berlin")) == "Thu 4 Mar 2027 14:05"
    assert local_time(None, ZoneInfo("Europe/Berlin")) == ""
    assert local_second(instant, ZoneInfo("Asia/Tokyo")) == "2027-03-04 22:05:09"


def test_work_in_a_pipe_shows_no_bar(capsys):
    seen: list[int] = []
    with_progress([1, 2, 3], "working", seen.append)
    assert seen == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


def test_work_on_a_terminal_shows_a_bar(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    seen: list[int] = []
    with_progress([1, 2, 3], "working", seen.append)
    assert seen == [1, 2, 3]
    assert "working" in stream.getvalue()
    assert "100%" in stream.getvalue()


@pytest.mark.parametrize(
    ("total", "limit", "got", "more"),
    [
        (0, 10, 0, False),
        (5, 10, 5, False),
        (10, 10, 10, False),
        (11, 10, 10, True),
        (1200, 0, 1200, False),
        (1200, 1000, 1000, True),
        (500, 0, 500, False),
    ],
)
def test_lists_are_read_page_by_page(total, limit, got, more):
    source = list(range(total))
    largest = 0

    def page(after: int | None, wanted: int) -> list[int]:
        nonlocal largest
        largest = max(largest, wanted)
        start = 0 if after is None else after + 1
        return source[start : start + wanted]

    rows, left = take(limit, page, lambda row: row)
    assert (rows, left) == (source[:got], more)
    assert largest <= 500
