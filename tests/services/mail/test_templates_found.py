"""A template found somewhere: it can neither bring the program down, nor keep it busy, nor watch who reads."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr
from itertools import count
from pathlib import Path

import pytest

from booking_tui.paths import write_private
from booking_tui.ports.mail import MailParts, TemplateBroken
from booking_tui.services.mail import page_rules
from booking_tui.services.mail.body import frozen_body
from booking_tui.services.mail.rendering import Rendering
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, preview
from booking_tui.services.mail.templates import MailTemplates
from booking_tui.services.mail.words_in_mail import name_of_a_person
from booking_tui.services.mail.writing import MailWriter

SUBJECT = "confirmation.subject.txt"
TEXT = "confirmation.txt"
PAGE = "confirmation.html"
LONG = '{% set t = "0123456789" %}' + "{% set t = t ~ t %}" * 14


@pytest.fixture
def templates(tmp_path: Path) -> MailTemplates:
    return MailTemplates(tmp_path / "templates", write_private)


def made(source: str, name: str = TEXT, busy: Iterator[float] | None = None) -> MailParts:
    """Write an email with a template that no trial has seen."""
    rendering = Rendering({name: source}) if busy is None else Rendering({name: source}, lambda: next(busy))
    return rendering.parts(preview("confirmation", "en"), SAMPLE_PRACTICE)


def why_not(source: str, name: str = TEXT, busy: Iterator[float] | None = None) -> str:
    with pytest.raises(TemplateBroken) as caught:
        made(source, name, busy)
    assert "\n" not in caught.value.why
    return caught.value.why


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 15_000,
        "<html><head><style>div{color:red}</style></head><body>" + "<div>" * 15_000,
        "<div><!--</div>-->" * 5_000,
        '<div title="</div>">' * 4_000,
        "<div><title></div></title>" * 3_500,
        '<i a=b"><i d="></div>"><div>' * 3_000,
        "<div><![CDATA[</div>]]>" * 4_000,
        "<b><p></b>" * 9_000,
        "<div/>" * 9_000,
    ],
    ids=range(9),
)
def test_elements_too_deep_inside_one_another_are_refused_before_they_kill_the_process(
    templates: MailTemplates, source: str
) -> None:
    with pytest.raises(TemplateBroken, match="elements are inside one another"):
        templates.save(PAGE, source)
    assert "elements are inside one another" in why_not(source, PAGE)


def test_such_a_file_does_not_stop_the_mail(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text("<div>" * 15_000)
    templates = MailTemplates(tmp_path)
    assert "Ada Lovelace" in MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "en")).html
    (problem,) = templates.problems()
    assert problem.startswith(f"{PAGE}: more than 200 elements are inside one another")


@pytest.mark.parametrize(
    ("page", "depth"),
    [
        ("", 0),
        ("1 < 2 <3 </> <! x>", 0),
        ("<p>a<br>b<img src=x/>c</p>" * 300, 1),
        ("<table><tr><td width=100%>x</td></tr></table>" * 300, 3),
        ("<!doctype html><!--[if mso]><![endif]--><div><a href='x>y'>z</a></div>", 2),
        ("<TITLE></b></TITLE><style>p > a {}</style>", 1),
        ("<!--> <i></i><!-- </b> --!><b></b>", 1),
        ("<b><i></b></i>", 2),
        ("<p>a<p>b<p>c", 3),
        ('<i></i><i a="b<i></i><i></i>', 3),
    ],
)
def test_how_deep_elements_are(page: str, depth: int) -> None:
    assert page_rules.nesting(page) == depth


def test_many_elements_with_many_styles_are_refused() -> None:
    assert "more than 5000 elements" in why_not("<i></i>" * 6_000, PAGE)
    styles = "<style>*{" + "".join(f"--a{number}:1;" for number in range(3_000)) + "}</style>"
    assert "styles are too many" in why_not(styles + "<b></b>" * 3_000, PAGE)
    assert "with its styles it makes more than 400 KB" in why_not(
        "<style>b{" + "".join(f"--a{number}:{'1' * 50};" for number in range(300)) + "}</style>" + "<b></b>" * 200, PAGE
    )
    assert made("<table>" + "<tr><td>x</td></tr>" * 1_000 + "</table>", PAGE).html.count("<td>") == 1_000


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (
            "{% for b in range(999) if (range(999)|sort|unique|list|length) < 0 %}{% endfor %}x",
            "too long",
        ),
        (
            "{% for a in range(900) %}{% for b in range(900) if b < 0 %}{% endfor %}{% endfor %}x",
            "goes round too often",
        ),
        ("{% set n = 9999 %}" + "{% set n = n * n %}" * 22 + "{{ n > 3 }}", "* is for small numbers here"),
        ("{% set n = 9999 %}" + "{% set n = n + n %}" * 90 + "{{ n > 3 }}", "+ is for small numbers here"),
        ("{{ 9999999999999 - 1 }}", "- is for small numbers here"),
        ("{{ 9999999999999 // 2 }}", "// is for small numbers here"),
        ("{{ 9999999999999 % 2 }}", "% is for small numbers here"),
        ("{{ 1 / 9999999999999 }}", "/ is for small numbers here"),
        ("{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a|length }}", "too long"),
        ("{% set a = (1, 1) %}" + "{% set a = {1: a, 2: a} %}" * 40 + "{{ a|length }}", "too long"),
        (LONG + "{{ range(1000)|join(t)|length }}", "too long"),
        (LONG + "{{ range(1000)|reverse|join(t)|length }}", "too long"),
        (LONG + "".join(f"{{% set a{n} = t[1:] %}}" for n in range(3_000)), "too long"),
        (LONG + '{% for a in range(900) %}{% set z = t.split("1") %}{% endfor %}', "too long"),
        ("{% macro m() %}" + "y" * 50_000 + "{% endmacro %}{% set x = [" + "m()," * 8_000 + "] %}", "too long"),
        ("{% set x %}{% for a in range(900) %}" + "y" * 90_000 + "{% endfor %}{% endset %}", "too long"),
        ("{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}", "too deep inside one another"),
        ("{{ " + "9" * 5_000 + " }}", "digits"),
    ],
    ids=range(18),
)
def test_one_that_would_not_end_is_stopped(source: str, why: str) -> None:
    assert why in why_not(source)


def test_what_is_not_counted_takes_time_all_the_same() -> None:
    rounds = "{% for a in range(9) %}{% endfor %}x"
    assert made(rounds, busy=count(0.0, 0.01)).text == "x\n"
    assert why_not(rounds, busy=count(0.0, 0.5)) == "it takes longer than 2 seconds"
    assert why_not("{{ kind|upper|lower|upper|lower|title|upper }}", busy=count(0.0, 0.5)).startswith("it takes longer")


def test_a_trial_does_not_take_long_either() -> None:
    from booking_tui.services.mail.trying import try_out

    with pytest.raises(TemplateBroken, match="trying it takes longer than 20 seconds"):
        hours = count(0.0, 0.05)
        try_out(Rendering({}, lambda: next(hours)))


def test_small_sums_loops_and_lists_are_still_for_everybody() -> None:
    text = made(
        "{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ 7 / 2 }} {{ 7 % 2 }} {{ 3.5 - 1 }} {{ true }}\n"
        "{% for a in [1, 2, 3] if a > 1 %}{{ loop.index }}/{{ loop.length }}={{ a }} {% else %}-{% endfor %}\n"
        '{{ ["a", "b"]|join(", ") }} {{ "a,b".split(",")|last|upper }} {{ guest.name[:3] }} {{ (1, 2)|length }}\n'
        '{{ "x" if kind in ("confirmation", "moved") }}{{ [3, 1]|sort|first }}{{ "abc"|reverse }}'
    )
    assert text.text == "3 3 3.5 1 2.5 True\n1/2=2 2/2=3 a, b B Ada 2\nx1cba\n"


@pytest.mark.parametrize(
    "what",
    [
        *("''.format", "'a'.upper", "self.label", "self", "say", "guest", "time", "[1, 2]", "[1]|reverse"),
        *("'a' ~ 'b'.upper", "['a'.upper]|join", "'a'.upper|upper", "'a'.upper|e", "say|lower", "guest|nobreak"),
        *("[guest]|join", "['a']|join(', ', 'upper')", "['a']|join(attribute='upper')", "'a'.center(3)", "loop"),
    ],
)
def test_what_is_no_text_is_never_printed(what: str) -> None:
    block = "{% block label %}{% endblock %}"
    for source in (f"{{{{ {what} }}}}", f"{{% set x %}}{{{{ {what} }}}}{{% endset %}}{{{{ x }}}}"):
        assert " at 0x" not in why_not(block + source)
    assert "no text: write () behind it to call it" in why_not("{{ ''.format }}")
    assert "no text: say which part of it" in why_not("{{ guest }}")
    assert "foo is not known here" in why_not("{{ foo() }}")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a=" + "[" * 20_000, "too deep inside one another"),
        ("a=" + "{b=" * 20_000, "too deep inside one another"),
        ("a=" + "1" * 5_000, "it cannot be read"),
        ("\n" + "a." * 45_000 + "b=1", "a key has too many parts"),
        ("[" + "'a' . " * 15_000 + "b]", "a key has too many parts"),
    ],
    ids=range(5),
)
@pytest.mark.parametrize("name", ["languages/fr.toml", "languages/en.toml", "languages/de.toml"])
def test_a_language_that_no_parser_survives_is_not_used(
    tmp_path: Path, name: str, source: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / name).write_text(source)
    templates = MailTemplates(tmp_path)
    with caplog.at_level(logging.DEBUG):
        assert MailWriter(SAMPLE_PRACTICE, templates).subject(preview("confirmation", "de")).startswith("Bestätigt")
    (problem,) = templates.problems()
    assert problem.startswith(name) and why in problem and len(caplog.text) < 2_000
    with pytest.raises(TemplateBroken, match=why) as caught:
        templates.check(name, source)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_whatever_a_file_does_to_the_program_the_shipped_one_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from booking_tui.services.mail import rendering

    def bad(own: dict[str, str]) -> object:
        if own:
            raise MemoryError("out\nof memory")
        return real(own)

    real = rendering._languages
    monkeypatch.setattr(rendering, "_languages", bad)
    (tmp_path / SUBJECT).write_text("x")
    templates = MailTemplates(tmp_path)
    assert MailWriter(SAMPLE_PRACTICE, templates).subject(preview("confirmation", "en")).startswith("Confirmed")
    (problem,) = templates.problems()
    assert problem.startswith(f"{SUBJECT}: it cannot be used: MemoryError out of memory; the shipped one is used")


def test_a_language_may_have_thousands_of_cities() -> None:
    cities = "\n".join(f'"City {number}" = "x"' for number in range(5_000))
    with pytest.raises(TemplateBroken) as caught:
        Rendering({"languages/fr.toml": f'[cities]\n{cities}\n"last one" = 3\n'})
    assert caught.value.line == 5_002


@pytest.mark.parametrize(
    ("source", "left", "why"),
    [
        ('<img srcset="http://t.example 1x" src="https://t.example/a">', '<img src="https://t.example/a">', "srcset="),
        ('<img srcset="https://t.example 1x">', "<img>", "srcset="),
        ('<table background="https://t.example"></table>', "<table></table>", "background="),
        ("<body background=https://t.example>x", "<body>x", "background="),
        ('<video poster="https://t.example"></video>', "<video></video>", "poster="),
        ('<video src="https://t.example"></video>', "<video></video>", "src="),
        ('<input type="image" src="https://t.example">', '<input type="image">', "src="),
        ('<p style="background:url(http://t.example)">x</p>', '<p style="background:none(http://t.example)">', "url("),
        ('<p style="background:u\\72l(http://t.example)">x</p>', '<p style="">', "url("),
        ('<p style="background:&#117;rl(//t.example)">x</p>', '<p style="background:none(//t.example)">', "url("),
        ("<style>p{background:url('https://t.example')}</style><p>x</p>", "none('https://t.example')", "url("),
        ("<style>@media (x){p{background:URL(https://t.example)}}</style>", "none(https://t.example)", "URL("),
        ("<style>@font-face{src:url(https://t.example)}</style>", "none(https://t.example)", "url("),
        ("<style>@import 'https://t.example';</style>", "@none 'https://t.example';", "@import"),
        ("<style>@\\69mport 'https://t.example';</style>", "<style></style>", "url("),
        ('<link rel="stylesheet" href="https://t.example">x', "<body>x</body>", "<link"),
        ('<link rel="icon" href="https://t.example">x', "<body>x</body>", "<link"),
        ('<base href="https://t.example">x', "<body>x</body>", "<base"),
        ('<form action="https://t.example">x</form>', "<body>x </body>", "<form"),
        ('<p><button formaction="https://t.example">x</button></p>', "<button>x</button>", "formaction="),
        ('<a href="https://a.example" ping="https://t.example">x</a>', '<a href="https://a.example">x</a>', "ping="),
        ('<p onclick="x()">y</p>', "<p>y</p>", "onclick="),
        ('<svg><image href="https://t.example"/></svg>', "<img>", "<svg"),
        ('<svg><p fill="url(https://t.example)"/></svg>', "<p> </p>", "<svg"),
        ("<script>alert(1)</script>x", "<body>x</body>", "<script"),
        ("<meta http-equiv=refresh content='0;url=http://t.example'>x", "<body>x</body>", "<meta http-equiv"),
        ('<!--[if mso]><td background="https://t.example"><![endif]-->x', "<body>x</body>", "background="),
        ("<!--[if mso]><style>p{a:url(https://t.example)}</style><![endif]-->x", "<body>x</body>", "url("),
    ],
)
def test_what_would_watch_the_reader_is_refused_and_where_no_trial_came_left_out(
    templates: MailTemplates, source: str, left: str, why: str
) -> None:
    with pytest.raises(TemplateBroken) as caught:
        templates.save(PAGE, source)
    assert caught.value.why.startswith(f"{why} does not belong in an email") and caught.value.name == PAGE
    page = made(source, PAGE).html
    assert left in page
    assert "url(" not in page.lower() and "@import" not in page


@pytest.mark.parametrize(
    "source",
    [
        '<img src="https://me.example/logo.png" alt="url(x)" width="80">',
        '<a href="https://me.example/?a=url(x)&amp;b=1" title="src=x">x</a><a href="mailto:a@b.example">y</a>',
        '<p>See url(x), @import, src="http://x" and onclick="x".</p>',
        '<!--[if mso]><v:rect href="https://me.example"></v:rect><![endif]-->',
        "<!-- srcset = background = url(x) -->",
        "<p style=\"content: '\\201C';width: calc(1px + 2px);\">x</p>",
    ],
)
def test_what_a_practice_puts_into_its_own_emails_stays(templates: MailTemplates, source: str) -> None:
    templates.save(PAGE, source)
    assert source in MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "en")).html


def test_a_guests_words_in_a_comment_lead_nowhere() -> None:
    matter = preview("confirmation", "en")
    guest = replace(matter.recipient, name="javascript:x")
    page = Rendering({PAGE: "<!--[if mso]><a href='{{ guest.name or 'http:x' }}'><![endif]-->y"})
    assert page.parts(replace(matter, recipient=guest), SAMPLE_PRACTICE).html.endswith("<body>y</body></html>")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ada <b>x</b>", "Ada bx/b"),
        ("<Ada>", "Ada"),
        ("Ada <3", "Ada 3"),
        ("<>", ""),
        ("ev<>il.com", ""),
        ("Ada <ada@example.com>", ""),
    ],
)
def test_a_name_brackets_no_address(name: str, kept: str) -> None:
    assert name_of_a_person(name) == kept
    body = frozen_body(
        MailParts("s", "h", "t"),
        sender="a@b.example",
        to_name=name,
        to="ada@example.com",
        reply_to=None,
        email_id="1",
        kind="moved",
    ).decode()
    (to,) = json.loads(body)["to"]
    assert parseaddr(to) == (kept, "ada@example.com") and to.count("<") == to.count(">") == bool(kept)
