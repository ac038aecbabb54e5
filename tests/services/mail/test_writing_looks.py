"""What mail programs need of the html: small, self-contained, readable in light and dark."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from booking_tui.services.mail.rendering import KINDS
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, preview
from booking_tui.services.mail.writing import MailWriter

WRITER = MailWriter(SAMPLE_PRACTICE)
BLANK = "\u034f\u200c\u00a0 \n"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, by the WCAG."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Painted(HTMLParser):
    """Finds the colours in which each text stands, by inheritance of what the tags say themselves."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, dict[str, str]]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag in {"meta", "br"}:
            return
        style = dict(self.stack[-1][1]) if self.stack else {}
        own = [rule.split(":", 1) for rule in given.get("style", "").split(";") if ":" in rule]
        style |= {name.strip(): value.strip() for name, value in own}
        self.stack.append((tag, style))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1][0] not in {"style", "title"} and data.strip(BLANK):
            self.texts.append((data.strip(), self.stack[-1][1]))


PAGES = [(kind, code) for kind in KINDS for code in ("en", "de", "en-US")]


@pytest.mark.parametrize(("kind", "code"), PAGES)
def test_every_text_has_colours_of_its_own_that_are_easy_to_read(kind: str, code: str) -> None:
    page = Painted(WRITER.write(preview(kind, code, "Asia/Tokyo")).html)
    seen = [(text, style) for text, style in page.texts if style.get("display") != "none"]
    assert len(seen) >= 4
    for text, style in seen:
        assert contrast(style["color"], style["background-color"]) >= 4.5, text
        assert int(style["font-size"].removesuffix("px")) >= 15, text
        assert "Arial" in style["font-family"]


def test_dark_colours_are_easy_to_read() -> None:
    html = WRITER.write(preview("moved", "en", "Asia/Tokyo")).html
    dark = html[html.index("prefers-color-scheme") : html.index("@media (min-width")]
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", dark)
    page, ticket, button, label = "#131716", "#1d2422", "#63cdb3", "#0c1513"
    found = {
        colour
        for names, rule in rules
        for colour in re.findall(r"(?<!-)color: (#\w+)", rule)
        if "preheader" not in names
    }
    assert {page, ticket, button} <= set(re.findall(r"background-color: (#\w+)", dark))
    assert label in found and contrast(label, button) >= 4.5
    for colour in found - {label}:
        assert contrast(colour, page) >= 4.5 and contrast(colour, ticket) >= 4.5
    assert all(
        "!important" in declaration for _, rule in rules for declaration in rule.split(";") if declaration.strip()
    )


@pytest.mark.parametrize(("kind", "code"), PAGES)
def test_it_is_small_and_needs_nothing_from_elsewhere(kind: str, code: str) -> None:
    html = WRITER.write(preview(kind, code, "Asia/Tokyo")).html
    assert len(html.encode()) < 20_000
    assert not re.search(r"<(?:img|link|script|iframe|form|video|object)|url\(|@import|@font-face|\bsrc=", html)
    assert html.index("charset") < 100
    page = Painted(html)
    assert page.stack == []
    assert all(given.get("role") == "presentation" for tag, given in page.tags if tag == "table")
    assert {"lang", "dir"} <= next(given for tag, given in page.tags if tag == "html").keys()
    metas = {given.get("name"): given.get("content") for tag, given in page.tags if tag == "meta"}
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    widths = [
        int(width)
        for width in re.findall(r"(?<!-)width=\"(\d+)\"|max-width: (\d+)px", html)
        for width in width
        if width
    ]
    assert max(widths) <= 600


@pytest.mark.parametrize(("kind", "code"), PAGES)
def test_the_preview_line_says_when(kind: str, code: str) -> None:
    html = WRITER.write(preview(kind, code)).html
    page = Painted(html)
    (hidden,) = [text for text, style in page.texts if style.get("display") == "none"]
    zone = "Ortszeit Berlin, UTC+1" if code == "de" else "Berlin time, UTC+1"
    if kind != "follow_up":
        assert zone in hidden
        assert ("Google Meet" in hidden) == (kind not in {"cancelled", "declined"})
    assert html.count("\u200c") >= 25, "so that nothing of the text follows in the list of mails"


@pytest.mark.parametrize(("kind", "code"), PAGES)
def test_outlook_gets_what_it_needs(kind: str, code: str) -> None:
    html = WRITER.write(preview(kind, code)).html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
    assert not re.search(r"display: ?(?:flex|grid)|position:|var\(|calc\(", html)
    assert not re.search(r"(?:\{\{|\}\}|\{%|%\}|\{#|#\})", html)
