"""A user's own templates: what they may do, how they are tried, and what happens while one is broken."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from booking_tui.paths import write_private
from booking_tui.ports.mail import TemplateBroken
from booking_tui.services.mail.rendering import KINDS, Rendering, shipped
from booking_tui.services.mail.samples import SAMPLE_PRACTICE, preview
from booking_tui.services.mail.templates import MailTemplates
from booking_tui.services.mail.trying import try_out
from booking_tui.services.mail.writing import MailWriter

SUBJECT = "confirmation.subject.txt"
TEXT = "confirmation.txt"
PAGE = "confirmation.html"
FRENCH = """\
name = "Français"
weekdays = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
weekdays_short = ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."]
months = [
  "janvier", "février", "mars", "avril", "mai", "juin",
  "juillet", "août", "septembre", "octobre", "novembre", "décembre",
]

[patterns]
date = "{weekday} {day} {month} {year}"
date_short = "{weekday_short} {day} {month}"

[phrases]
subject_confirmation = "Confirmé : votre rendez-vous du {time.date_short} à {time.clock}"
label_confirmation = "Confirmé"
greeting = "Bonjour {guest.name},"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "templates"


@pytest.fixture
def templates(folder: Path) -> MailTemplates:
    return MailTemplates(folder, write_private)


def put(folder: Path, name: str, source: str | bytes) -> None:
    """Write a file by hand, as an editor does."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def subject(templates: MailTemplates, language: str = "en", kind: str = "confirmation") -> str:
    return MailWriter(SAMPLE_PRACTICE, templates).subject(preview(kind, language))


def refusal(templates: MailTemplates, name: str, source: str) -> TemplateBroken:
    with pytest.raises(TemplateBroken) as caught:
        templates.save(name, source)
    assert templates.folder is not None and not templates.folder.exists()
    return caught.value


def test_everything_shipped_passes_its_own_trial(templates: MailTemplates) -> None:
    try_out(Rendering({}))
    for name in ("layout.html", "style.css", "moved.txt", "languages/en.toml", "languages/de.toml"):
        templates.check(name, templates.source(name))
    assert templates.problems() == []


def test_the_shipped_files_are_complete() -> None:
    for kind in KINDS:
        assert {f"{kind}.html", f"{kind}.txt", f"{kind}.subject.txt"} <= shipped().keys()
    assert {"layout.html", "layout.txt", "style.css", "languages/en.toml", "languages/de.toml"} <= shipped().keys()


def test_german_lacks_no_phrase() -> None:
    import tomllib

    english, german = (tomllib.loads(shipped()[f"languages/{code}.toml"]) for code in ("en", "de"))
    for section in ("patterns", "phrases", "places"):
        assert english[section].keys() == german[section].keys()


def test_a_file_of_the_same_name_takes_the_shipped_ones_place(templates: MailTemplates, folder: Path) -> None:
    path = templates.save(SUBJECT, "Yes: {{ time.date }}")
    assert path == folder / SUBJECT
    assert subject(templates) == "Yes: Thursday, 4 March 2027"
    assert subject(templates, "de") == "Yes: Donnerstag, 4. März 2027"


def test_a_folder_named_by_a_language_counts_for_it_alone(templates: MailTemplates) -> None:
    templates.save(SUBJECT, "all")
    templates.save(f"de/{SUBJECT}", "nur Deutsch")
    templates.save(f"en-US/{SUBJECT}", "only American")
    assert [subject(templates, code) for code in ("en", "de", "de-AT", "en-US")] == [
        "all",
        "nur Deutsch",
        "nur Deutsch",
        "only American",
    ]


def test_a_language_is_added_by_a_file(templates: MailTemplates) -> None:
    assert subject(templates, "fr").startswith("Confirmed")
    templates.save("languages/fr.toml", FRENCH)
    assert subject(templates, "fr-CA") == "Confirmé : votre rendez-vous du jeu. 4 mars à 15:00"
    parts = MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "fr"))
    assert parts.text.startswith("Bonjour Ada Lovelace,") and "\nWhen: jeudi 4 mars 2027, 15:00 – 15:50\n" in parts.text
    assert 'lang="fr"' in parts.html and "Confirmé" in parts.html and parts.calendar_name == "appointment.ics"
    templates.save(f"fr/{SUBJECT}", "Oui")
    assert subject(templates, "fr") == "Oui"


def test_a_single_phrase_can_be_changed(templates: MailTemplates) -> None:
    templates.save("languages/en.toml", '[phrases]\nlead_confirmation = "See you, {guest.name}."\n')
    parts = MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "en"))
    assert "See you, Ada Lovelace." in parts.text and "See you, Ada Lovelace." in parts.html
    assert "Hello Ada Lovelace," in parts.text


def test_a_language_can_be_written_from_right_to_left(templates: MailTemplates) -> None:
    templates.save("languages/he.toml", 'direction = "rtl"\n[phrases]\nwhen = "מתי"\n')
    parts = MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "he"))
    assert 'lang="he" dir="rtl"' in parts.html and "\nמתי: Thursday" in parts.text


@pytest.mark.parametrize(
    ("name", "source", "line", "why"),
    [
        (SUBJECT, "{{ gest.name }}", 1, "gest is not known here (did you mean guest?)"),
        (TEXT, "Hi\n\n{{ guest.nme }}", 3, "nme is not known here (did you mean name?)"),
        (PAGE, "<p>\n{{ say.greting }}", 2, "greting is not known here (did you mean greeting?)"),
        (PAGE, "<p>\n{{ time.dat }}", 2, "dat is not known here (did you mean date?)"),
        (TEXT, "{{ there.date }}\n", 1, "date is asked of something that this email does not have; ask first"),
        ("custom.txt", "{{ time.date }}\n", 1, "date is asked of something that this email does not have; ask first"),
        (TEXT, "{% if time %}\nx", 2, "Unexpected end of template"),
        (TEXT, "a\n{% wenn %}", 2, "unknown tag 'wenn'"),
        (TEXT, "a\n{{ guest.name", 2, "unexpected end of template"),
        (TEXT, "{{ guest.name|upperr }}", 1, "No filter named 'upperr'"),
        (PAGE, "x\n{{ guest.name|safe }}", 2, "No filter named 'safe'"),
        (PAGE, "{% autoescape false %}{{ guest.name }}{% endautoescape %}", 1, "autoescape cannot be switched"),
        (PAGE, '\n{% include "layout.txt" %}', 2, "html cannot stand on a text"),
        (TEXT, '{% extends "layout.html" %}', 1, "a text cannot stand on html"),
        (TEXT, "{% include guest.name %}", 1, "the other template must be named in quotes"),
        (TEXT, '{% include "/etc/passwd.txt" %}', None, "there is no template /etc/passwd.txt"),
        (TEXT, '{% include "languages/../../x.txt" %}', None, "there is no template languages/../../x.txt"),
        (TEXT, f'x\n{{% include "{TEXT}" %}}', None, "it calls itself without an end"),
        (TEXT, "{{ guest.__class__.__mro__ }}", 1, "__class__"),
        (TEXT, "{{ say.__init__.__globals__ }}", 1, "__init__"),
        (TEXT, '{{ "%s"|format(1) }}', 1, "No filter named 'format'"),
        (TEXT, '{{ "{0.__class__}".format(guest) }}', 1, "is not safely callable"),
        (TEXT, '{{ "x".center(1000000000) }}', 1, "is not safely callable"),
        (TEXT, '{{ "x" * 1000000000 }}', 1, "* is for small numbers here"),
        (TEXT, '{{ "%1000000000d" % 1 }}', 1, "% is for small numbers here"),
        (TEXT, "{{ 9 ** 9 ** 9 }}", 1, "** is for small numbers here"),
        (TEXT, '{{ "a" + "b" }}', 1, "put texts together with ~"),
        (TEXT, "{% for a in range(100000000) %}x{% endfor %}", 1, "range goes up to 1000 here"),
        (
            TEXT,
            "x\n{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
            2,
            "it goes round too often",
        ),
        (TEXT, '{% set a = "0123456789" %}' + "\n{% set a = a ~ a %}" * 40 + "{{ a }}", None, "too long"),
        (TEXT, '{% set a = "0123456789" %}' + "\n{% set a %}{{ a }}{{ a }}{% endset %}" * 40, None, "too long"),
        (TEXT, "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}", None, "without an end"),
        (
            TEXT,
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
            None,
            "it goes round too often",
        ),
        (TEXT, "{% for a in range(900) %}" + "0123456789" * 30 + "{% endfor %}", None, "it makes more than 200 KB"),
        (TEXT, "   \n", None, "it makes an empty text"),
        (TEXT, "a\n{{ gest if short }}", 2, "gest is not known here"),
        (SUBJECT, "{{ guest.name if false }}", None, "it makes an empty subject"),
        (PAGE, "<script>1</script>", None, "<script does not belong in an email"),
        (PAGE, '<p onclick="x()">', None, "does not belong in an email"),
        (PAGE, "<form action='https://evil.example'>", None, "<form does not belong in an email"),
        (TEXT, "x" * 100_001, None, "it is longer than 100 KB"),
        (TEXT, "{{ 1 / 0 }}", 1, "division by zero"),
        ("languages/fr.toml", 'name = "x"\n[phrases\n', 2, "it is no TOML"),
        (
            "languages/fr.toml",
            '[phrases]\n\nlabel_moved = "{tme.date}"',
            3,
            "{tme.date} cannot be filled in (did you mean time.date?)",
        ),
        ("languages/fr.toml", '[phrases]\nlabel_moved = "{__class__}"', 2, "{__class__} cannot be filled in"),
        (
            "languages/fr.toml",
            '[phrases]\nlabel_moved = "{guest.name.upper}"',
            2,
            "cannot be filled in (did you mean guest.name?)",
        ),
        (
            "languages/fr.toml",
            '[phrases]\nlable_moved = "x"',
            2,
            "lable_moved is not one of the phrases (did you mean label_moved?)",
        ),
        ("languages/fr.toml", "[phrases]\nlabel_moved = 3", 2, "label_moved must be a text in quotes"),
        (
            "languages/fr.toml",
            '[phrases]\nsubject_custom_undated = "{time.date}"',
            2,
            "is not known in every such email",
        ),
        ("languages/fr.toml", '[phrases]\ncalendar_summary = "{what}"', 2, "{what} cannot be filled in"),
        ("languages/fr.toml", '[phrases]\ncalendar_name = "../x.ics"', 2, "calendar_name must be a file's name"),
        ("languages/fr.toml", '[phrases]\ncalendar_name = "termin.exe"', 2, "calendar_name must be a file's name"),
        ("languages/fr.toml", "[cities]\n'Europe/Paris' = 3", None, "Europe/Paris must be a text in quotes"),
        ("languages/fr.toml", '[patterns]\nzone = "{zone}"', 2, "zone: {zone} cannot be filled in"),
        ("languages/fr.toml", '[phrases]\nsubject_moved = ""', None, "it makes an empty subject"),
        ("languages/fr.toml", '\nweekdays = ["lundi"]', 2, "weekdays must be a list of 7 texts"),
        ("languages/fr.toml", "months = 12", 1, "months must be a list of 12 texts"),
        ("languages/fr.toml", "mohnths = []", 1, "mohnths is not a key of a language file (did you mean months?)"),
        ("languages/fr.toml", 'direction = "up"', 1, "direction is ltr or rtl"),
        ("languages/fr.toml", '[patterns]\ntime = "{hours}"', 2, "{hours} cannot be filled in (did you mean hour?)"),
        ("languages/fr.toml", 'phrases = "x"', 1, "phrases must be a table"),
        (f"nl/{TEXT}", "x", None, "there is no language nl yet: languages/nl.toml comes first"),
        (
            "confirmaton.html",
            "x",
            None,
            "there is no template called confirmaton.html (did you mean confirmation.html?)",
        ),
        ("fr.toml", FRENCH, None, "a language's file is called languages/xx.toml"),
        ("../confirmation.html", "x", None, "there is no template called"),
        ("de/../../x.html", "x", None, "there is no template called"),
        ("/etc/passwd", "x", None, "there is no template called"),
        ("languages/../x.toml", "x", None, "a language's file is called"),
    ],
)
def test_a_broken_one_is_refused_with_line_and_reason(
    templates: MailTemplates, name: str, source: str, line: int | None, why: str
) -> None:
    error = refusal(templates, name, source)
    assert why in error.why
    assert len(error.why) <= 310 and "\n" not in error.why
    if line is not None:
        assert (error.name, error.line) == (name, line)


def test_what_a_broken_layout_breaks_is_found_in_the_layout(templates: MailTemplates) -> None:
    source = templates.source("layout.html").replace("{{ say.questions }}", "{{ say.quezions }}")
    error = refusal(templates, "layout.html", source)
    assert error.name == "layout.html" and "did you mean questions?" in error.why
    assert error.line is not None and "quezions" in source.split("\n")[error.line - 1]


def test_a_refused_one_leaves_the_old_one(templates: MailTemplates, folder: Path) -> None:
    templates.save(SUBJECT, "first")
    with pytest.raises(TemplateBroken):
        templates.save(SUBJECT, "{{ nothing }}")
    assert subject(templates) == "first" and (folder / SUBJECT).read_text() == "first"
    assert list(folder.iterdir()) == [folder / SUBJECT]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_is_saved_is_its_owners_alone(templates: MailTemplates, folder: Path) -> None:
    path = templates.save(f"de/{SUBJECT}", "x")
    assert [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent, folder)] == [0o600, 0o700, 0o700]


def test_there_must_be_a_folder_to_save_in() -> None:
    with pytest.raises(TemplateBroken, match="no home folder"):
        MailTemplates().save(SUBJECT, "x")


def test_a_file_changed_by_hand_counts_at_once(templates: MailTemplates, folder: Path) -> None:
    assert subject(templates).startswith("Confirmed")
    for words in ("one", "two"):
        put(folder, SUBJECT, words)
        assert subject(templates) == words
    (folder / SUBJECT).unlink()
    assert subject(templates).startswith("Confirmed")


def test_one_broken_by_hand_gives_way_to_the_last_good_one(templates: MailTemplates, folder: Path) -> None:
    put(folder, SUBJECT, "good")
    assert subject(templates) == "good"
    put(folder, SUBJECT, "\n{{ gest }}")
    assert subject(templates) == "good"
    why = "gest is not known here (did you mean guest?)"
    assert templates.problems() == [f"{SUBJECT}, line 2: {why}; the last good one is used until it is mended."]
    put(folder, SUBJECT, "mended")
    assert subject(templates) == "mended" and templates.problems() == []


def test_one_broken_from_the_start_gives_way_to_the_shipped_one(folder: Path) -> None:
    put(folder, SUBJECT, "{% if %}")
    put(folder, "moved.subject.txt", "fine")
    templates = MailTemplates(folder)
    assert subject(templates).startswith("Confirmed") and subject(templates, kind="moved") == "fine"
    (problem,) = templates.problems()
    assert problem.startswith(f"{SUBJECT}, line 1: ") and problem.endswith(
        "the shipped one is used until it is mended."
    )


def test_a_broken_language_leaves_its_guests_another(folder: Path) -> None:
    put(folder, "languages/fr.toml", "[phrases]\nlabel = 1")
    templates = MailTemplates(folder)
    assert subject(templates, "fr").startswith("Confirmed")
    assert "guests who speak it get another language" in templates.problems()[0]


def test_two_that_need_each_other_are_taken_together(templates: MailTemplates, folder: Path) -> None:
    put(folder, PAGE, '{% extends "layout.html" %}{% block letter %}{{ self.mine() }}{% endblock %}')
    assert len(templates.problems()) == 1
    layout = shipped()["layout.html"].replace(
        "{% block below %}", "{% block mine %}My own{% endblock %}{% block below %}"
    )
    put(folder, "layout.html", layout)
    assert templates.problems() == []
    assert "My own" in MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "en")).html


def test_one_that_needed_another_that_is_gone_is_not_used(templates: MailTemplates, folder: Path) -> None:
    layout = shipped()["layout.html"].replace(
        "{% block below %}", "{% block mine %}My own{% endblock %}{% block below %}"
    )
    put(folder, "layout.html", layout)
    put(folder, PAGE, '{% extends "layout.html" %}{% block letter %}{{ self.mine() }}{% endblock %}')
    assert templates.problems() == []
    (folder / "layout.html").unlink()
    (problem,) = templates.problems()
    assert problem.startswith(PAGE) and "the shipped one is used" in problem
    assert "Hello Ada" in MailWriter(SAMPLE_PRACTICE, templates).write(preview("confirmation", "en")).html


def test_a_language_and_its_templates_can_come_in_any_order(templates: MailTemplates, folder: Path) -> None:
    put(folder, f"fr/{SUBJECT}", "Oui")
    assert "there is no language fr yet" in templates.problems()[0]
    put(folder, "languages/fr.toml", FRENCH)
    assert templates.problems() == [] and subject(templates, "fr") == "Oui"
    (folder / "languages" / "fr.toml").unlink()
    assert subject(templates, "fr").startswith("Confirmed") and len(templates.problems()) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"a\nb\xff", "line 2: it is not written in UTF-8"), (b"x" * 100_001, "it is longer than 100 KB")],
)
def test_what_is_no_text_is_said(templates: MailTemplates, folder: Path, content: bytes, why: str) -> None:
    put(folder, SUBJECT, content)
    assert subject(templates).startswith("Confirmed") and why in templates.problems()[0]


def test_a_mark_at_the_beginning_and_windows_line_ends_do_no_harm(templates: MailTemplates, folder: Path) -> None:
    put(folder, SUBJECT, b"\xef\xbb\xbf{% if time %}\r\nYes\r\n{% endif %}\r\n")
    assert subject(templates) == "Yes"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_what_is_no_file_is_let_lie(templates: MailTemplates, folder: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / SUBJECT)
    (folder / PAGE).mkdir()
    (folder / "moved.html").symlink_to(folder / "nowhere")
    assert subject(templates).startswith("Confirmed") and templates.problems() == []


def test_files_that_nobody_reads_are_named(templates: MailTemplates, folder: Path) -> None:
    for name in ("confirmaton.html", "fr.toml", "moved.html~", ".moved.html.swp", "notes.md", "xx/moved.html.bak"):
        put(folder, name, "x")
    typo, lost = templates.problems()
    assert typo.startswith("confirmaton.html in the templates folder is not used: there is no template called")
    assert typo.endswith("(did you mean confirmation.html?).")
    assert lost.startswith("fr.toml in the templates folder is not used: a language's file is called languages/xx.toml")


def test_the_list_says_where_each_comes_from(templates: MailTemplates, folder: Path) -> None:
    templates.save(SUBJECT, "x")
    templates.save("languages/fr.toml", FRENCH)
    put(folder, "moved.html", "{{ x }}")
    put(folder, "confirmaton.html", "x")
    put(folder, "notes.md", "x")
    found = {file.name: file for file in templates.names()}
    assert found.keys() == {*shipped(), "languages/fr.toml", "confirmaton.html"}
    astray = found["confirmaton.html"]
    assert (astray.path, astray.beside) == (folder / "confirmaton.html", None)
    assert "it is not used: there is no template called confirmaton.html" in str(astray.broken)
    assert found[SUBJECT].path == folder / SUBJECT and found[SUBJECT].broken is None
    assert found[TEXT].path is None
    assert found["moved.html"].path == folder / "moved.html" and found["moved.html"].broken is not None


@pytest.mark.parametrize(
    ("own", "beside"),
    [
        (["reminder.txt"], {"reminder.txt": "reminder.html"}),
        (["reminder.html"], {"reminder.html": "reminder.txt"}),
        (["layout.txt"], {"layout.txt": "layout.html"}),
        (["reminder.txt", "reminder.html"], {}),
        (["reminder.subject.txt", "style.css"], {}),
        (["de/reminder.txt"], {"de/reminder.txt": "de/reminder.html"}),
        (["de/reminder.txt", "reminder.html"], {"reminder.html": "reminder.txt"}),
        (["de-CH/reminder.txt", "de/reminder.html"], {"de/reminder.html": "de/reminder.txt"}),
    ],
)
def test_a_form_whose_other_is_still_the_shipped_one_is_marked(
    templates: MailTemplates, folder: Path, own: list[str], beside: dict[str, str]
) -> None:
    put(folder, "languages/de-CH.toml", "")
    for name in own:
        put(folder, name, shipped()[name.rpartition("/")[2]])
    found = {file.name: file.beside for file in templates.names() if file.beside}
    assert found == beside
    assert {name: templates.beside(name) for name in own if templates.beside(name)} == beside
    assert templates.problems() == []


def test_the_text_to_start_from(templates: MailTemplates, folder: Path) -> None:
    assert templates.source(TEXT) == shipped()[TEXT]
    assert templates.source(f"de/{TEXT}") == shipped()[TEXT]
    assert templates.source("languages/fr.toml") == shipped()["languages/en.toml"]
    put(folder, TEXT, "{{ broken }}")
    assert templates.source(TEXT) == "{{ broken }}"
    with pytest.raises(TemplateBroken, match="no template called"):
        templates.source("../x")


def test_an_address_made_of_what_a_guest_wrote_leads_nowhere(templates: MailTemplates) -> None:
    templates.save(
        PAGE, "<a href=\"{{ place.text if place }}\">a</a><a href='{{ guest.name }}'>b</a><img src={{ reason }}>"
    )
    matter = preview("confirmation", "en")
    assert matter.booking is not None
    for bad in ("javascript:alert(1)", " java\tscript:alert(1)", "DATA:text/html,x", "vbscript:x", "//evil.example"):
        guest = replace(matter.recipient, name=bad)
        booking = replace(matter.booking, attendees=(guest,), location=bad, meeting_url=None)
        page = MailWriter(SAMPLE_PRACTICE, templates).write(replace(matter, recipient=guest, booking=booking)).html
        assert 'href="#"' in page and "script:" not in page.lower() and "data:" not in page.lower()


def test_text_of_templates_is_never_filled_in_twice(templates: MailTemplates) -> None:
    matter = preview("confirmation", "en")
    guest = replace(matter.recipient, name="{{ 7*7 }}{% raw %}")
    templates.save(SUBJECT, "For {{ guest.name }}")
    assert MailWriter(SAMPLE_PRACTICE, templates).subject(replace(matter, recipient=guest)) == "For {{ 7*7 }}{% raw %}"


def test_many_threads_may_write_at_once(templates: MailTemplates, folder: Path) -> None:
    writer = MailWriter(SAMPLE_PRACTICE, templates)
    alone = {(kind, code): writer.write(preview(kind, code)) for kind in KINDS for code in ("en", "de")}

    def one(number: int) -> bool:
        kind, code = list(alone)[number % len(alone)]
        return writer.write(preview(kind, code)) == alone[kind, code]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(160)))


def test_importing_the_writer_imports_none_of_the_libraries() -> None:
    import subprocess
    import sys

    code = (
        "import sys, booking_tui.services.mail.writing;"
        "print({'jinja2', 'css_inline', 'icalendar', 'markupsafe', 'tomllib', 'difflib'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
