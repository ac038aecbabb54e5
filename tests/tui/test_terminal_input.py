"""What a terminal sends: a paste is one text and never keys, however it is cut and whatever is in it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from booking_tui.tui.terminal_input import PASTE_LIMIT, PasteParser, read_keys

START, END = "\x1b[200~", "\x1b[201~"


def read(*pieces: str) -> list[Message]:
    parser = PasteParser()
    return [message for piece in pieces for message in parser.feed(piece)]


def keys(messages: Sequence[Message]) -> list[str]:
    return [message.key for message in messages if isinstance(message, events.Key)]


def pastes(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages if isinstance(message, events.Paste)]


def test_an_escape_sequence_in_a_paste_presses_no_key() -> None:
    messages = read(f"a{START}hello\x1b[31m3\x9b31m\x1bq\x07 two\nlines\t{END}b")
    assert keys(messages) == ["a", "b"]
    assert pastes(messages) == ["hello[31m331mq two\nlines\t"]


def test_an_end_mark_inside_a_paste_does_not_end_it() -> None:
    messages = read(f"{START}one{END}q{START}d{END}x")
    assert keys(messages) == ["x"]
    assert pastes(messages) == ["oneqd"]


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 40), max_size=6))
def test_it_makes_no_difference_where_the_bytes_are_cut(cuts: list[int]) -> None:
    whole = f"j{START}p\x1b[Aq{END}\x1b[Bk"
    places = sorted({0, *(cut for cut in cuts if cut < len(whole)), len(whole)})
    messages = read(*(whole[start:end] for start, end in pairwise(places)))
    assert keys(messages) == ["j", "down", "k"]
    assert pastes(messages) == ["p[Aq"]


def test_a_paste_without_end_is_bounded_and_quick() -> None:
    began = time.perf_counter()
    messages = read(START, *["\x1b[31m3" * 700] * 1000, END)
    assert time.perf_counter() - began < 5
    assert keys(messages) == []
    assert [len(text) for text in pastes(messages)] == [PASTE_LIMIT // 6 * 5 + PASTE_LIMIT % 6 - 1]


def test_escape_alone_is_still_the_escape_key() -> None:
    parser = PasteParser()
    assert list(parser.feed("\x1b")) == []
    deadline = time.monotonic() + 5
    found: list[str] = []
    while not found and time.monotonic() < deadline:
        found = keys(list(parser.tick()))
    assert found == ["escape"]


@pytest.mark.parametrize("bad", [b"\xff", b"\xe2\x82"])
def test_bytes_that_are_no_text_end_nothing(bad: bytes) -> None:
    ours, theirs = os.pipe()
    heard: list[Message] = []
    answers: list[bool] = []
    reader = threading.Thread(target=lambda: answers.append(read_keys(ours, threading.Event(), heard.append)))
    reader.start()
    os.write(theirs, b"a" + bad + b"b")
    os.close(theirs)
    reader.join(5)
    os.close(ours)
    assert answers == [False]
    assert keys(heard)[0] == "a"
    assert keys(heard)[-1] == "b"
