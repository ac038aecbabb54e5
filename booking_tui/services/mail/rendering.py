"""Emails made of one fixed set of templates and languages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from booking_tui.domain.mail.email import (
    CANCELLED,
    CONFIRMATION,
    CUSTOM,
    DECLINED,
    FOLLOW_UP,
    MOVED,
    REQUESTED,
)
from booking_tui.ports.mail import MailParts, MailSubjectMatter, TemplateBroken
from booking_tui.services.mail import languages as tongues
from booking_tui.services.mail.calendar_file import METHOD, calendar_file
from booking_tui.services.mail.languages import Language
from booking_tui.services.mail.phrases import did_you_mean
from booking_tui.services.mail.plain_text import laid_out
from booking_tui.services.mail.view import FILLS, Practice, Say, View, calendar_title, view_of
from booking_tui.services.mail.words_in_mail import SUBJECT_LIMIT, one_line

if TYPE_CHECKING:
    from booking_tui.services.mail.template_rules import Rules

KINDS = (CONFIRMATION, REQUESTED, MOVED, CANCELLED, DECLINED, "reminder", FOLLOW_UP, CUSTOM)
"""The kinds as templates are called by them."""
_ENCODING = '<meta charset="utf-8">'
LANGUAGE_FILE = re.compile(rf"languages/({tongues.CODE.pattern})\.toml")
_OF_A_LANGUAGE = re.compile(rf"({tongues.CODE.pattern})/([^/]+)")
_NAMES = frozenset({*View.__slots__, "say", "subject"})


@cache
def shipped() -> Mapping[str, str]:
    """Give every shipped file by its name, such as ``moved.html`` or ``languages/de.toml``."""
    folder = files("booking_tui").joinpath("templates", "email")
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= {f"{entry.name}/{inner.name}": _read(inner) for inner in entry.iterdir()}
        else:
            found[entry.name] = _read(entry)
    return dict(sorted(found.items()))


def _read(entry: Traversable) -> str:
    return entry.read_text(encoding="utf-8")


def split_name(name: str) -> tuple[str | None, str]:
    """Give (language, file) of ``de/moved.html``, and (None, file) of ``moved.html``."""
    found = _OF_A_LANGUAGE.fullmatch(name)
    return (found[1], found[2]) if found and found[1] != "languages" else (None, name)


class Rendering:
    """A set of templates: the shipped ones, and over them those of a user. It never changes.

    Raises TemplateBroken when a language's file cannot be read; templates are compiled when they are first used.
    ``busy`` gives the seconds that this thread has worked: no template may take long.
    """

    def __init__(self, own: Mapping[str, str], busy: Callable[[], float] = time.thread_time) -> None:
        self.own = own
        self.busy = busy
        self.languages = _languages(own)
        self._rules: dict[str, Rules] = {}
        self._inline = None

    def language_of(self, matter: MailSubjectMatter, practice: Practice) -> Language:
        """Choose the language of a matter's email."""
        guest = matter.recipient
        return tongues.choose(self.languages, guest.locale, practice.locale, guest.zone)

    def subject(self, matter: MailSubjectMatter, practice: Practice) -> str:
        """Render the subject alone. Raises TemplateBroken."""
        if matter.own_subject and (own := one_line(matter.own_subject, SUBJECT_LIMIT)):
            return own
        language = self.language_of(matter, practice)
        return self._subject(language, _context(view_of(matter, language, practice), language))

    def parts(self, matter: MailSubjectMatter, practice: Practice, *, blame: str | None = None) -> MailParts:
        """Render a whole email. Raises TemplateBroken.

        What does not belong in its html is left out; in a trial it is refused, and the file named by ``blame`` for it.
        """
        language = self.language_of(matter, practice)
        view = view_of(matter, language, practice)
        context = _context(view, language)
        own = one_line(matter.own_subject or "", SUBJECT_LIMIT)
        context["subject"] = subject = own or self._subject(language, context)
        text = laid_out(self._written(language, f"{view.kind}.txt", context), wrap=not view.short)
        page = self._page(language, f"{view.kind}.html", context, blame)
        calendar = None
        if view.calendar_file:
            title = calendar_title(language, practice)
            calendar = calendar_file(matter, practice, title=title, place=view.place, language=language.code)
        name = language.phrases["calendar_name"].source
        return MailParts(subject, page, text, calendar, METHOD, name)

    def _subject(self, language: Language, context: dict[str, object]) -> str:
        name = f"{context['kind']}.subject.txt"
        subject = one_line(self._written(language, name, context), SUBJECT_LIMIT)
        if not subject:
            raise TemplateBroken(name, None, "it makes an empty subject")
        return subject

    def _page(self, language: Language, name: str, context: dict[str, object], blame: str | None) -> str:
        from booking_tui.services.mail import page_rules

        written = self._written(language, name, context)
        plain = page_rules.plain(written)
        if why := page_rules.too_big(plain):
            raise TemplateBroken(name, None, why)
        page = self._inlined(name, plain)
        if len(page) > page_rules.INLINED_LIMIT:
            raise TemplateBroken(
                name, None, f"with its styles it makes more than {page_rules.INLINED_LIMIT // 1000} KB"
            )
        if blame is not None and (why := page_rules.unfit(written, page)):
            raise TemplateBroken(blame, None, why)
        # The inliner puts what it cannot inline first; a reader looks for the encoding near the beginning.
        return page_rules.harmless(page).replace(_ENCODING, "", 1).replace("<head>", f"<head>{_ENCODING}", 1)

    def _inlined(self, name: str, page: str) -> str:
        if self._inline is None:
            from css_inline import CSSInliner

            self._inline = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline
        try:
            return self._inline(page)
        except ValueError as error:
            raise TemplateBroken(name, None, f"its styles cannot be read: {error}") from error

    def _written(self, language: Language, name: str, context: dict[str, object]) -> str:
        from booking_tui.services.mail import template_trouble

        rules = self._rules.get(language.code) or self._rules_of(language.code)
        try:
            return rules.written(rules.get_template(name), context)
        except RecursionError as error:
            raise template_trouble.broken(name, error) from None
        except Exception as error:
            # A template can fail in any way that Python can; whatever it was, it is said by name and line.
            raise template_trouble.broken(name, error) from error

    def _rules_of(self, code: str) -> Rules:
        """Give the environment of a language; those without templates of their own share one."""
        from jinja2 import FunctionLoader

        from booking_tui.services.mail import template_rules

        codes = [code for code in tongues.chain_of(code) if any(name.startswith(f"{code}/") for name in self.own)]
        if not codes and (shared := self._rules.get("")):
            self._rules[code] = shared
            return shared

        def load(name: str) -> tuple[str, str, None] | None:
            if name.endswith(".toml"):
                return None
            for candidate in (*(f"{code}/{name}" for code in codes), name):
                if candidate in self.own:
                    return self.own[candidate], candidate, None
            return (shipped()[name], name, None) if name in shipped() else None

        template_rules.unknown_names(_NAMES)
        rules = self._rules[code] = template_rules.Rules(FunctionLoader(load), self.busy)
        if not codes:
            self._rules[""] = rules
        return rules


def _context(view: View, language: Language) -> dict[str, object]:
    return {**{name: getattr(view, name) for name in View.__slots__}, "say": Say(language, view)}


def _languages(own: Mapping[str, str]) -> dict[str, Language]:
    """Read all languages, each over what it stands on."""
    codes = {found[1] for name in (*shipped(), *own) if (found := LANGUAGE_FILE.fullmatch(name))}
    languages: dict[str, Language] = {}
    for code in sorted(codes, key=lambda code: (code != tongues.ENGLISH, code.count("-"), code)):
        base = next((languages[c] for c in (*tongues.chain_of(code), tongues.ENGLISH) if c in languages), None)
        file = f"languages/{code}.toml"
        for source in (shipped().get(file), own.get(file)):
            if source is not None:
                base = tongues.read_language(code, file, source, base, FILLS)
        if base is not None:
            languages[code] = base
    return languages


def what_name(name: str) -> str | None:
    """Say why no template can have this name; None when one can."""
    _, file = split_name(name)
    known = [known for known in shipped() if "/" not in known]
    if file in known or LANGUAGE_FILE.fullmatch(name):
        return None
    if file.endswith(".toml"):
        return f"a language's file is called languages/xx.toml, as in languages/fr.toml; {name} is not"
    return f"there is no template called {name}{did_you_mean(file, known)}"
