"""The filter grammar: what it understands, and what it says about the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.booking import BookingStatus
from booking_tui.domain.filter import Filter, FilterError, Term, parse

TODAY = date(2026, 11, 22)
ZONE = "Europe/Berlin"


def terms(text: str, zone: str = ZONE) -> tuple[Term, ...]:
    return parse(text, TODAY, zone).terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("   ", ()),
        ("eli", (Term(None, "eli"),)),
        ('"eli marsh" x', (Term(None, "eli marsh"), Term(None, "x"))),
        ("!eli", (Term(None, "eli", negated=True),)),
        ("!!eli", (Term(None, "eli"),)),
        ('!"two words"', (Term(None, "two words", negated=True),)),
        ("status:accepted", (Term("status", "accepted"),)),
        ("STATUS:Confirmed", (Term("status", "accepted"),)),
        ("status:waiting !status:moved", (Term("status", "pending"), Term("status", "rescheduled", negated=True))),
        ("status:declined", (Term("status", "rejected"),)),
        ('who:"Eli Marsh"', (Term("who", "Eli Marsh"),)),
        ("verdict:unsigned-allowed", (Term("verdict", "unsigned-allowed"),)),
        ("state:Parked", (Term("state", "parked"),)),
        ("trigger:BOOKING_PAID has:note kind:reminder", None),
        ('"https://x.example.com"', (Term(None, "https://x.example.com"),)),
        ("10:30 a@example.com", (Term(None, "10:30"), Term(None, "a@example.com"))),
        ("!who:eli", (Term("who", "eli", negated=True),)),
    ],
)
def test_terms(text: str, expected: tuple[Term, ...] | None) -> None:
    if expected is None:
        expected = (Term("trigger", "BOOKING_PAID"), Term("has", "note"), Term("kind", "reminder"))
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("from:2026-11-22", "Europe/Berlin", datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ("to:2026-11-22", "Europe/Berlin", datetime(2026, 11, 22, 23, tzinfo=UTC)),
        ("from:today", "UTC", datetime(2026, 11, 22, tzinfo=UTC)),
        ("to:today", "UTC", datetime(2026, 11, 23, tzinfo=UTC)),
        ("from:Tomorrow", "UTC", datetime(2026, 11, 23, tzinfo=UTC)),
        ("from:yesterday", "UTC", datetime(2026, 11, 21, tzinfo=UTC)),
        ("from:+7d", "UTC", datetime(2026, 11, 29, tzinfo=UTC)),
        ("to:-30d", "UTC", datetime(2026, 10, 24, tzinfo=UTC)),
        ("from:2026-03-29", "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("to:2026-03-29", "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        # A midnight that does not exist: the clock jumps from 00:00 to 01:00.
        ("from:2018-11-04", "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # A midnight that comes twice: the first one.
        ("from:2018-11-04", "America/Havana", datetime(2018, 11, 4, 4, tzinfo=UTC)),
    ],
)
def test_days_become_instants(text: str, zone: str, instant: datetime) -> None:
    (term,) = terms(text, zone)
    assert term.instant == instant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("statusx:accepted", "did you mean status:?"),
        ("https://x", 'write "https://x"'),
        ("xyzzy:1", "there is no key xyzzy:"),
        ("status:confirmx", "did you mean confirmed?"),
        ("status:qqqqqq", "status:qqqqqq is not known (pending, accepted"),
        ("verdict:validx", "did you mean valid?"),
        ("status:", "status: needs a value"),
        ('who:""', "who: needs a value"),
        ("from:soon", "is not a date; write 2026-11-22"),
        ("from:2026-02-30", "is not a day of the calendar"),
        ("from:+999999d", None),
        ("to:9999-12-31", None),
        ("state:bogus", "state:bogus is not known (stored, processed"),
        ("state:parkd", "did you mean parked?"),
        ("2026-02-30", 'is not a day of the calendar; to look for the text, write "2026-02-30"'),
        ("+9999999999d", None),
        ("-999999d", "-999999d is too far away"),
        ("from:-999999d", "too far away"),
        ("!", "nothing to look for"),
        ('""', "nothing between"),
        ('"open', "closing"),
        ('who:"open end', "closing"),
    ],
)
def test_mistakes_are_explained(text: str, words: str | None) -> None:
    if words is None:
        (term,) = terms(text)
        assert term.instant is not None or term.value == text
        return
    with pytest.raises(FilterError) as caught:
        terms(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../x", ""])
def test_an_unknown_zone_is_explained(zone: str) -> None:
    with pytest.raises(FilterError, match="time zone"):
        terms("from:today", zone)


def test_a_filter_knows_its_text_and_whether_it_is_empty() -> None:
    assert parse("", TODAY, ZONE).empty
    assert Filter().empty
    found = parse("  eli  ", TODAY, ZONE)
    assert (found.text, found.empty) == ("eli", False)


@given(st.text(alphabet='ab:! "+-d1\u00e9statusfromto', max_size=30))
def test_any_text_is_read_or_explained(text: str) -> None:
    try:
        found = parse(text, TODAY, ZONE)
    except FilterError as error:
        assert str(error)
    else:
        assert found.empty == (not text.strip())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("verdict:signed", "valid"),
        ("verdict:bad-sig", "invalid"),
        ("verdict:refused", "invalid"),
        ("verdict:no-sig", "missing"),
        ("verdict:nosig", "missing"),
        ("verdict:badsig", "invalid"),
        ("state:applied", "processed"),
        ("state:refused", "quarantined"),
        ("state:in-line", "stored"),
        ("state:again", "duplicate"),
        ("has:Note", "note"),
    ],
)
def test_words_of_the_screens_are_read(text: str, value: str) -> None:
    assert terms(text)[0].value == value


@pytest.mark.parametrize(
    ("text", "words"),
    [("verdict:parked", "did you mean state:parked?"), ("has:nots", "did you mean notes?"), ("has:xyzzyq", "payment")],
)
def test_a_word_in_the_wrong_place_names_the_right_one(text: str, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        terms(text)
    assert words in str(caught.value)


def test_a_bare_word_may_name_a_status_and_a_quoted_one_is_text_alone() -> None:
    bare, quoted = terms('Moved "moved"')
    assert (bare.status, quoted.status) == (BookingStatus.RESCHEDULED, None)
    [refused] = terms("refused")
    assert (refused.state, refused.verdict, refused.status) == ("quarantined", "invalid", None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-22", datetime(2026, 11, 21, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),
        ("Today", datetime(2026, 11, 21, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),
        ("!tomorrow", datetime(2026, 11, 22, 23, tzinfo=UTC), datetime(2026, 11, 23, 23, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ("+7d", datetime(2026, 11, 28, 23, tzinfo=UTC), datetime(2026, 11, 29, 23, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_date_alone_is_that_local_day(text: str, first: datetime, last: datetime) -> None:
    (term,) = terms(text)
    assert (term.key, term.instant, term.until, term.negated) == (None, first, last, text.startswith("!"))


def test_a_date_in_quotes_is_text() -> None:
    assert terms('"2026-11-22" "today" 2026-11') == (
        Term(None, "2026-11-22"),
        Term(None, "today"),
        Term(None, "2026-11"),
    )
