"""The templates of a home: those shipped with the program, and a user's own in ``<home>/templates/``.

A file there has the name of the one it replaces (``moved.html``); in a folder named by a language it counts for that
language alone (``de/moved.html``). ``languages/fr.toml`` adds a language. What is broken is never used.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from booking_tui.ports.mail import TemplateBroken
from booking_tui.services.mail.languages import chain_of
from booking_tui.services.mail.rendering import LANGUAGE_FILE, Rendering, shipped, split_name, what_name
from booking_tui.services.mail.trying import try_out

_LONGEST = 100_000
_ENDINGS = (".html", ".txt", ".css", ".toml")
_FORMS = {".html": ".txt", ".txt": ".html"}
"""The endings of what a guest gets both of: which one is read is up to their mail program."""
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A template and where it comes from."""

    name: str
    path: Path | None
    """The user's own file; None: the shipped one."""
    broken: TemplateBroken | None = None
    """Why the user's own file is not used."""
    beside: str | None = None
    """The other form of a user's own template (html or text) when that is still the shipped one: guests get both."""


class MailTemplates:
    """Follows the files of a folder; it need not exist. Any thread may ask.

    ``write_private`` replaces a file in one step, for its owner alone; without one nothing can be saved.
    """

    def __init__(self, folder: Path | None = None, write_private: Callable[[Path, bytes], None] | None = None) -> None:
        self.folder = folder
        self._write_private = write_private
        self._lock = RLock()
        self._stamps: dict[str, Stamp] = {}
        self._good: dict[str, str] = {}
        self._broken: dict[str, TemplateBroken] = {}
        self._astray: dict[str, str] = {}
        """What lies in the folder under a name that no template has, with why it is not used."""
        self._rendering: Rendering | None = None

    @contextlib.contextmanager
    def rendering(self) -> Generator[Rendering]:
        """Lend what renders emails with the files as they are now, to one thread at a time."""
        with self._lock:
            yield self._current()

    def names(self) -> list[TemplateFile]:
        """List everything that can be replaced, and what lies in the folder, with where each comes from."""
        with self._lock:
            self._current()
            names = sorted({*shipped(), *self._good, *self._broken, *self._astray})
            return [TemplateFile(name, self._path(name), self._trouble(name), self._beside(name)) for name in names]

    def beside(self, name: str) -> str | None:
        """Give the other form of a user's own template when that is still the shipped one."""
        with self._lock:
            self._current()
            return self._beside(name)

    def source(self, name: str) -> str:
        """Give the text to start from: the user's own file as it stands, broken or not, else what it would replace.

        Raises TemplateBroken when there can be no such template.
        """
        _refuse_name(name)
        with self._lock:
            if self.folder is not None and (self.folder / name).is_file():
                return _read(self.folder / name, name)
            self._current()
            texts = {**shipped(), **self._good}
            if LANGUAGE_FILE.fullmatch(name) and name not in texts:
                return texts["languages/en.toml"]
            return texts.get(name) or texts[name.rpartition("/")[2]]

    def check(self, name: str, source: str) -> None:
        """Try a template with everything it may be used for. Raises TemplateBroken."""
        _refuse_name(name)
        if len(source) > _LONGEST:
            raise TemplateBroken(name, None, f"it is longer than {_LONGEST // 1000} KB")
        with self._lock:
            self._current()
            _try({**self._good, name: source}, name)

    def save(self, name: str, source: str) -> Path:
        """Keep a template in the folder, in one step, for its owner alone.

        Raises TemplateBroken when it cannot be used, OSError when it cannot be written; the old one then stands.
        """
        if self.folder is None or self._write_private is None:
            raise TemplateBroken(name, None, "there is no home folder to keep it in")
        self.check(name, source)
        path = self.folder / name
        for folder in (self.folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write_private(path, source.encode("utf-8"))
        return path

    def problems(self, *, elsewhere: bool = False) -> list[str]:
        """Say what is wrong with the files in the folder, one sentence each.

        ``elsewhere``: emails are sent by another program, which may still have the last good one.
        """
        with self._lock:
            self._current()
            astray = [f"{name} in the templates folder is not used: {why}." for name, why in self._astray.items()]
            return [
                self._sentence(name, why, elsewhere=elsewhere) for name, why in sorted(self._broken.items())
            ] + astray

    def _sentence(self, name: str, why: TemplateBroken, *, elsewhere: bool) -> str:
        instead = "the last good one is used" if name in self._good else "the shipped one is used"
        if elsewhere and name not in self._good:
            instead = "a program that runs since goes on with the last good one, any other takes the shipped one"
        if name not in self._good and LANGUAGE_FILE.fullmatch(name) and name not in shipped():
            instead = "guests who speak it get another language"
        return f"{why}; {instead} until it is mended."

    def _path(self, name: str) -> Path | None:
        own = name in self._good or name in self._broken or name in self._astray
        return self.folder / name if own and self.folder is not None else None

    def _trouble(self, name: str) -> TemplateBroken | None:
        why = self._astray.get(name)
        return self._broken.get(name) if why is None else TemplateBroken(name, None, f"it is not used: {why}")

    def _beside(self, name: str) -> str | None:
        """Look for the other form where an email takes it from: the same language, those it stands on, then all."""
        language, file = split_name(name)
        other = next((file.removesuffix(end) + _FORMS[end] for end in _FORMS if file.endswith(end)), None)
        if name not in self._good or other is None or other not in shipped():
            return None
        theirs = {other, *(f"{code}/{other}" for code in chain_of(language))}
        return None if theirs & {*self._good, *self._broken} else f"{language}/{other}" if language else other

    def _current(self) -> Rendering:
        stamps = _stamps(self.folder)
        if self._rendering is None or stamps != self._stamps:
            self._read_again(stamps)
            self._stamps = stamps
        rendering = self._rendering
        assert rendering is not None, "reading again always makes one"  # noqa: S101 - for the type alone
        return rendering

    def _read_again(self, stamps: Mapping[str, Stamp]) -> None:
        """Take what is usable of the folder: all of it when it works together, else file by file."""
        self._broken = {}
        self._astray = {name: why for name in sorted(stamps) if (why := _astray(name))}
        found: dict[str, str] = {}
        for name in stamps:
            if self.folder is not None and what_name(name) is None:
                try:
                    found[name] = _read(self.folder / name, name)
                except TemplateBroken as error:
                    self._broken[name] = error
        if found != self._good or self._rendering is None:
            self._good = self._usable(found, {name: text for name, text in self._good.items() if name in stamps})
            self._rendering = Rendering(self._good)

    def _usable(self, found: dict[str, str], last: dict[str, str]) -> dict[str, str]:
        """Choose for each file what is in it now, else what was good last, so that all of them work together."""
        everything = {**last, **found}
        if not everything or _error(everything) is None:
            return everything
        kept: dict[str, str] = {}
        for sources in (found, last):
            waiting = {name: source for name, source in sources.items() if name not in kept}
            progress = True
            while progress:
                progress = False
                for name, source in sorted(waiting.items(), key=_order):
                    error = _error({**kept, name: source}, name)
                    if error is None:
                        kept[name] = waiting.pop(name)
                        progress = True
                    if sources is found:
                        self._note_trial(name, error)
        return kept

    def _note_trial(self, name: str, error: TemplateBroken | None) -> None:
        if error is None:
            self._broken.pop(name, None)
        else:
            self._broken[name] = error


def _try(own: Mapping[str, str], name: str | None = None) -> None:
    """Try templates in every email they may be used for. Raises TemplateBroken, whatever it is that goes wrong."""
    try:
        try_out(Rendering(own), name)
        return
    except TemplateBroken:
        raise
    except Exception as error:  # noqa: BLE001 - a user's file can go wrong in any way, and is never worth an email
        why = f"it cannot be used: {type(error).__name__} {error}".rstrip()[:300].replace("\n", " ")
    # Raised from here, for a log with a sentence in it and not with a thousand calls of a parser.
    raise TemplateBroken(name or "templates", None, why)


def _error(own: Mapping[str, str], name: str | None = None) -> TemplateBroken | None:
    try:
        _try(own, name)
    except TemplateBroken as error:
        return error
    return None


def _order(item: tuple[str, str]) -> tuple[bool, bool, str]:
    """Languages first, then what others stand on."""
    name = item[0]
    return not name.endswith(".toml"), "layout" not in name and "style" not in name, name


def _refuse_name(name: str) -> None:
    if why := what_name(name):
        raise TemplateBroken(name, None, why)


def _astray(name: str) -> str | None:
    return what_name(name) if name.endswith(_ENDINGS) else None


def _stamps(folder: Path | None) -> dict[str, Stamp]:
    """Give the files of the folder and of those in it, with what tells whether they changed."""
    stamps: dict[str, Stamp] = {}
    if folder is None:
        return stamps
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir() and not entry.name.startswith("."):
                with contextlib.suppress(OSError):
                    for inner in os.scandir(entry.path):
                        _note(stamps, inner, f"{entry.name}/{inner.name}")
            else:
                _note(stamps, entry, entry.name)
    return stamps


def _note(stamps: dict[str, Stamp], entry: os.DirEntry[str], name: str) -> None:
    with contextlib.suppress(OSError):
        if entry.is_file() and not entry.name.startswith("."):
            found = entry.stat()
            stamps[name] = (found.st_mtime_ns, found.st_size, found.st_ino)


def _read(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise TemplateBroken(name, None, f"it cannot be read: {error.strerror or error}") from error
    if len(raw) > _LONGEST:
        raise TemplateBroken(name, None, f"it is longer than {_LONGEST // 1000} KB")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TemplateBroken(name, line, "it is not written in UTF-8") from error
