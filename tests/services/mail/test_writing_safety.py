"""What strangers write stays text: in subjects, html, plain text and links."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.booking import Attendee
from booking_tui.ports.mail import MailParts, MailSubjectMatter
from booking_tui.services.mail.links import safe_link
from booking_tui.services.mail.plain_text import laid_out
from booking_tui.services.mail.rendering import KINDS
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, preview
from booking_tui.services.mail.words_in_mail import name_of_a_person, one_line, several_lines
from booking_tui.services.mail.writing import MailWriter

WRITER = MailWriter(SAMPLE_PRACTICE)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="javascript:alert(1)">x</a>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt\t:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "{{ 7*7 }}{% for x in range(9) %}",
    "{time.date} {practice.email} {__class__}",
    "Ada\r\nBcc: evil@example.com\r\n\r\nHi",
    "Ada\u2028Bcc: evil@example.com",
    "\u202egnp.exe\u202c",
    "\x00\x1b[31m\x7f\x9b31m",
    "-->]]></style></title><b>",
    "&lt;b&gt;&#106;avascript:",
    "ﷺ" * 50,
    "שלום עולם",
    "👩‍👩‍👧‍👦👍🏽🇩🇪",
    "e" + "\u0301" * 500,
    "\ud800",
    "x" * 5_000,
    "wort " * 2_000,
]


class Page(HTMLParser):
    """An email as a mail program sees it: its tags, its attributes, its addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in {"href", "src", "background", "action"}:
                self.addresses.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag


def hostile(kind: str, text: str, language: str = "en") -> MailSubjectMatter:
    """Give a matter in which everything that a stranger chooses is this text."""
    matter = preview(kind, language)
    assert matter.booking is not None
    guest = replace(matter.recipient, name=text, zone=text, locale=text, phone=text)
    booking = replace(
        matter.booking,
        attendees=(guest,),
        title=text,
        event_title=text,
        event_type=text,
        location=text,
        meeting_url=text,
        booking_page=text,
        cancellation_reason=text,
        notes=text,
        zone=text,
        ical_uid=text,
    )
    return replace(matter, recipient=guest, booking=booking)


def check(parts: MailParts) -> None:
    page = Page(parts.html)
    assert page.open == []
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "p", "h1", "span"),
        *("br", "a"),
    }
    assert page.attributes <= {
        *("lang", "dir", "charset", "name", "content", "class", "style", "role", "width", "align", "href"),
        *("cellpadding", "cellspacing", "border"),
    }
    assert all(re.match(r"https://|mailto:desk@example\.com$", address) for address in page.addresses)
    assert 0 < len(parts.subject) <= 200
    for text in (parts.text, parts.html, parts.subject):
        assert not set(BIDI) & set(text)
        text.encode("utf-8")
    for text in (parts.text.replace("\n", ""), parts.subject):
        assert not any(category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text)
    for line in parts.text.split("\n"):
        assert line == line.rstrip()
        assert len(line) <= 78 or "://" in line
    assert len(parts.html) < 40_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_nothing_that_a_guest_writes_gets_out_of_its_place(kind: str, text: str) -> None:
    check(WRITER.write(hostile(kind, text)))


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=400), kind=st.sampled_from(KINDS), language=st.sampled_from(["en", "de", "en-US"]))
def test_any_text_at_all_makes_a_sound_email(text: str, kind: str, language: str) -> None:
    check(WRITER.write(replace(hostile(kind, text, language), own_text=text or None, own_subject=text or None)))


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_persons_own_words_are_text_too(text: str) -> None:
    parts = WRITER.write(replace(preview("custom", "en"), own_subject=text, own_text=text))
    check(parts)


def test_phrases_are_not_filled_in_twice() -> None:
    parts = WRITER.write(hostile("confirmation", "{practice.email} {{ practice.email }}"))
    assert "{practice.email} {{ practice.email }}" in parts.text


@pytest.mark.parametrize(
    "name",
    ["Win at https://evil.example/now", "www.evil.example", "cheap pills evil.com", "a@b.example", "//evil.ru/x"],
)
def test_who_books_with_a_link_as_name_is_not_greeted_by_it(name: str) -> None:
    matter = preview("confirmation", "en")
    parts = WRITER.write(replace(matter, recipient=replace(matter.recipient, name=name)))
    assert "Hello,\n" in parts.text and "evil" not in parts.text + parts.html
    assert name_of_a_person(name) == ""


@pytest.mark.parametrize(
    "name",
    ["Ada Lovelace", "Dr. Anna St.Clair", "J.R.R. Tolkien", "山田太郎", "O'Neill-Smith", "Ph.D. Müller", "X Æ A-12"],
)
def test_real_names_are_greeted(name: str) -> None:
    assert name_of_a_person(name) == name


def test_a_reason_cannot_advertise() -> None:
    matter = preview("cancelled", "en")
    assert matter.booking is not None
    reason = "Ill. See https://evil.example/x or www.evil.example and evil.com/a today"
    parts = WRITER.write(replace(matter, booking=replace(matter.booking, cancellation_reason=reason)))
    assert "evil" not in parts.text + parts.html
    assert "Reason: Ill. See … or … and … today" in parts.text


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("https://meet.example.com/a?b=1&c=2#d", True),
        ("HTTPS://meet.example.com", True),
        ("https://meet.jit.si/Praxis-Müller", True),
        ("https://meet.example.com:8443/a", True),
        ("http://meet.example.com", False),
        ("javascript:alert(1)", False),
        ("//meet.example.com", False),
        ("https://", False),
        ("https:///path", False),
        ("https://user@meet.example.com", False),
        ("https://good.example\\@evil.example", False),
        ("https://meet.example.com:99999/", False),
        ("https://meet.example.com/a b", False),
        ('https://meet.example.com/"x', False),
        ("https://meet.example.com/\u202eabc", False),
        ("https://[::1", False),
        (" https://meet.example.com", False),
        ("https://meet.example.com/" + "a" * 3_000, False),
        ("", False),
        (None, False),
    ],
)
def test_which_links_are_safe(link: str | None, safe: bool) -> None:
    assert (safe_link(link) is not None) == safe


@settings(max_examples=200)
@given(st.text(max_size=600), st.integers(2, 80))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    made = one_line(text, limit)
    assert len(made) <= limit and "\n" not in made and made == made.strip()
    assert one_line(made, limit) == made


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("ab \n\t-://漢字\u00a0"), max_size=600))
def test_plain_text_is_wrapped_without_losing_a_word(text: str) -> None:
    made = laid_out(several_lines(text))
    assert made.endswith("\n") and "\n\n\n" not in made
    assert "".join(made.split()) == "".join(text.split())


def test_wrapping_hangs_long_values_and_never_cuts_a_link() -> None:
    link = "https://example.com/" + "a" * 100
    assert laid_out(f"See {link} now") == f"See\n{link}\nnow\n"
    assert laid_out("x" * 100) == f"{'x' * 78}\n{'x' * 22}\n"
    assert laid_out("a  \n\n\n\nb\n\n") == "a\n\nb\n"


def test_nobody_is_smuggled_into_the_calendar_file() -> None:
    matter = hostile("confirmation", "x\r\nATTENDEE:mailto:evil@example.com")
    matter = replace(matter, recipient=Attendee("x\r\nATTENDEE:mailto:evil@example.com", "ada@example.com"))
    raw = WRITER.write(matter).calendar_file
    assert raw is not None
    unfolded = raw.decode().replace("\r\n ", "")
    assert not [line for line in unfolded.split("\r\n") if line.startswith("ATTENDEE")]
