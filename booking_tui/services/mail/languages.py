"""Languages: names of days and months, patterns of dates, and phrases, each in a file of its own.

A file lies over what it stands on: ``en-US`` over ``en``, any other language over English, a user's file over the
shipped one of that name. So a file may hold a single phrase.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from booking_tui.ports.mail import TemplateBroken
from booking_tui.services.mail.phrases import Phrase, did_you_mean

ENGLISH = "en"
CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LISTS = {"weekdays": 7, "weekdays_short": 7, "months": 12, "months_short": 12, "halves": 2}
_KEYS = {*_LISTS, "name", "direction", "zones", "patterns", "phrases", "places", "cities"}
_DATE = {
    *("weekday", "weekday_short", "day", "month", "month_short", "month_number", "year"),
    *("hour", "hour12", "minute", "half"),
}
_RANGE = {"start", "start_bare", "end"}
_PATTERNS: Mapping[str, Collection[str]] = {
    **dict.fromkeys(("date", "date_short", "date_short_year", "time", "time_bare"), _DATE),
    **dict.fromkeys(("range", "range_same_half"), _RANGE),
    "range_other_day": {"hours", "end_date"},
    "zone": {"city", "offset"},
    "offset_changes": {"offset", "end_offset"},
    "length": {"minutes"},
    "in_minutes": {"minutes"},
    **dict.fromkeys(("today", "tomorrow", "in_1_minute", "in_1_hour"), ()),
}
_IN_CALENDARS: Mapping[str, Collection[str]] = {
    "calendar_summary": {"practice.name"},
    "calendar_name": (),
    "appointment": (),
}
"""Phrases that leave the email, and know less."""
_WORD = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rf"(?<![\w-]){_WORD}(?:[ \t]*+\.[ \t]*+{_WORD}){{50}}")
"""A key of very many parts would be read for minutes."""
_KEY = re.compile(r"^[ \t]*(?:\"([^\"\n]*)\"|([^\s\"=]+))[ \t]*=", re.MULTILINE)
_CALENDAR_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.ics")


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that a language brings."""

    code: str
    name: str
    direction: str
    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    halves: tuple[str, ...]
    """What stands for the two halves of a day on a clock of twelve hours."""
    zones: frozenset[str]
    """Where a guest who asked for the language alone gets this variant of it."""
    patterns: Mapping[str, Phrase]
    phrases: Mapping[str, Phrase]
    places: Mapping[str, str]
    cities: Mapping[str, str]
    """What a time zone's city is called, where that is not the end of the zone's key."""

    def pattern(self, name: str, fields: Mapping[str, str] | None = None) -> str:
        """Fill in one of the patterns."""
        return self.patterns[name].fill((fields or {}).__getitem__)


_NOTHING = Language(ENGLISH, "", "ltr", (), (), (), (), (), frozenset(), {}, {}, {}, {})


def read_language(code: str, file: str, source: str, base: Language | None, known: Collection[str]) -> Language:
    """Read a language's file over its base; ``known`` names all that a phrase may fill in. Raises TemplateBroken."""
    return _Reading(file, source, known).over(code, base or _NOTHING, complete=base is None)


def chain_of(locale: str | None) -> Iterator[str]:
    """Give the codes to look for, most exact first: ``de_AT`` gives ``de-AT`` and ``de``."""
    parts = re.split(r"[-_.@]", locale) if locale else []
    for length in range(len(parts), 0, -1):
        code = "-".join([parts[0].lower(), *(part.upper() if len(part) == 2 else part for part in parts[1:length])])
        if CODE.fullmatch(code):
            yield code


def choose(languages: Mapping[str, Language], guest: str | None, practice: str | None, zone: str | None) -> Language:
    """Choose the guest's language where there is one, else the practice's, else English."""
    for locale in (guest, practice):
        for code in chain_of(locale):
            if code in languages:
                return _variant(languages, code, zone) if code == locale else languages[code]
    return _variant(languages, ENGLISH, zone)


def _variant(languages: Mapping[str, Language], code: str, zone: str | None) -> Language:
    """Give the variant that is usual where the guest is: Cal.com says ``en`` for London and for Chicago."""
    if zone is not None:
        for name, language in languages.items():
            if name.startswith(code + "-") and zone in language.zones:
                return language
    return languages[code]


class _Reading:
    """One file while it is read."""

    def __init__(self, file: str, source: str, known: Collection[str]) -> None:
        self._file = file
        self._source = source
        self._known = known
        self._lines: dict[str, int] | None = None

    def over(self, code: str, base: Language, *, complete: bool) -> Language:
        data = self._data()
        self._refuse_unknown(data, _KEYS, "a key of a language file")
        patterns = self._phrases(data, "patterns", complete=complete, known=_PATTERNS)
        for name, phrase in patterns.items():
            self._check_places(name, phrase, _PATTERNS[name])
        phrases = self._phrases(data, "phrases", complete=complete, known=base.phrases)
        for name, phrase in phrases.items():
            self._check_places(name, phrase, _IN_CALENDARS.get(name, self._known))
        if (name := phrases.get("calendar_name")) and not _CALENDAR_NAME.fullmatch(name.source):
            why = "calendar_name must be a file's name of letters, digits, - and _ that ends in .ics"
            raise self._broken("calendar_name", why)
        direction = self._text(data, "direction") or base.direction
        if direction not in {"ltr", "rtl"}:
            raise self._broken("direction", "direction is ltr or rtl")
        lists = {key: found for key, count in _LISTS.items() if (found := self._list(data, key, count))}
        if complete and (missing := [*(_LISTS.keys() - lists.keys()), *(_PATTERNS.keys() - patterns.keys())]):
            raise TemplateBroken(self._file, None, f"{min(missing)} is missing")
        return replace(
            base,
            code=code,
            name=self._text(data, "name") or base.name,
            direction=direction,
            zones=frozenset(self._list(data, "zones", None)) if "zones" in data or code != base.code else base.zones,
            patterns={**base.patterns, **patterns},
            phrases={**base.phrases, **phrases},
            places={**base.places, **self._plain(data, "places")},
            cities={**base.cities, **self._plain(data, "cities")},
            **lists,
        )

    def _data(self) -> dict[str, object]:
        import tomllib

        if found := _LONG_KEY.search(self._source):
            raise TemplateBroken(self._file, self._line_at(found.start()), "a key has too many parts")
        try:
            return tomllib.loads(self._source)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            why = re.sub(r" \(at .*\)$", "", str(error))
            raise TemplateBroken(self._file, int(place[1]) if place else None, f"it is no TOML: {why}") from error
        except RecursionError:
            why = "lists or tables are too deep inside one another"
        except ValueError as error:
            why = f"it cannot be read: {error}"
        raise TemplateBroken(self._file, None, why)

    def _line(self, key: str) -> int | None:
        if self._lines is None:
            self._lines = {}
            line, at = 1, 0
            for found in _KEY.finditer(self._source):
                line, at = line + self._source.count("\n", at, found.start()), found.start()
                self._lines.setdefault(found[1] or found[2], line)
        return self._lines.get(key)

    def _line_at(self, place: int) -> int:
        return self._source.count("\n", 0, place) + 1

    def _broken(self, key: str, why: str) -> TemplateBroken:
        return TemplateBroken(self._file, self._line(key), why)

    def _refuse_unknown(self, data: Mapping[str, object], known: Collection[str], what: str) -> None:
        for key in data:
            if key not in known:
                raise self._broken(key, f"{key} is not {what}{did_you_mean(key, known)}")

    def _text(self, data: Mapping[str, object], key: str) -> str | None:
        value = data.get(key)
        if value is not None and not isinstance(value, str):
            raise self._broken(key, f"{key} must be a text in quotes")
        return value

    def _list(self, data: Mapping[str, object], key: str, count: int | None) -> tuple[str, ...]:
        value = data.get(key, [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(item, str) for item in items) or (key in data and count and len(items) != count):
            raise self._broken(key, f"{key} must be a list of {f'{count} ' if count else ''}texts")
        return tuple(cast("list[str]", items))

    def _texts(self, data: Mapping[str, object], section: str) -> dict[str, Phrase]:
        table = data.get(section, {})
        if not isinstance(table, dict):
            raise self._broken(section, f"{section} must be a table: [{section}]")
        texts: dict[str, Phrase] = {}
        for key, value in cast("dict[str, object]", table).items():
            if not isinstance(value, str):
                raise self._broken(key, f"{key} must be a text in quotes")
            texts[key] = Phrase(value, self._file, self._line(key))
        return texts

    def _plain(self, data: Mapping[str, object], section: str) -> dict[str, str]:
        return {key: phrase.source for key, phrase in self._texts(data, section).items()}

    def _phrases(
        self, data: Mapping[str, object], section: str, *, complete: bool, known: Collection[str]
    ) -> dict[str, Phrase]:
        texts = self._texts(data, section)
        if not complete or section == "patterns":
            self._refuse_unknown(texts, known, f"one of the {section}")
        return texts

    def _check_places(self, name: str, phrase: Phrase, known: Collection[str]) -> None:
        for place in phrase.places:
            if place not in known:
                raise TemplateBroken(
                    self._file, phrase.line, f"{name}: {{{place}}} cannot be filled in{did_you_mean(place, known)}"
                )
