"""Strangers' text on its way to a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.safe_text import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("\x1b]52;c;eA==\x07", "␛]52;c;eA==␇"),
        ("a\x00b\x7fc", "a␀b␡c"),
        ("a\x9b31mb", "a⟨9B⟩31mb"),
        ("one\ntwo\r\nthree\rfour\u2028five\x85six", "one⏎two⏎three⏎four⏎five⏎six"),
        ("a\tb", "a b"),
        ("x\u202egnp.exe", "x⟨RLO⟩gnp.exe"),
        ("\u2066a\u2069", "⟨LRI⟩a⟨PDI⟩"),
        ("a\u200bb\ufeffc\u2060d\u00ade", "abcde"),
        ("شلوم\u200f", "شلوم"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200d b", "a b"),
        ("\u200da", "a"),
        ("क्\u200dष", "क्\u200dष"),
        ("hi\U000e0041\U000e007f", "hi"),
        ("\u3164\u115f", ""),
        ("Z" + "\u0335" * 30, "Z" + "\u0335" * 3),
        ("\u0301x", "◌\u0301x"),
        ("e\u0301", "é"),
        ("a\ud800b", "a\ufffdb"),
        ("a\uffff\ufdd0", "a\ufffd\ufffd"),
        ("❤️", "❤️"),
        ("Łukasz Müller 山田太郎", "Łukasz Müller 山田太郎"),
        ("", ""),
    ],
)
def test_examples(text, shown):
    assert clean(text) == shown


def test_text_of_several_lines_keeps_its_lines():
    assert clean("a\r\nb\tc\x1b", one_line=False) == "a\nb    c␛"


@given(st.text(alphabet=st.characters(codec=None, categories=None), max_size=60), st.booleans())
def test_nothing_that_steers_a_terminal_remains(text, one_line):
    shown = clean(text, one_line=one_line)
    for char in shown:
        if char == "\n":
            assert not one_line
            continue
        assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(char) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    shown.encode()


@given(st.text(max_size=40))
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
