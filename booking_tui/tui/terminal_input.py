"""Reading the keyboard of a terminal: what is pasted is one text, whatever bytes are in it, and never keys."""

from __future__ import annotations

import os
import selectors
import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterable
from threading import Event

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.message import Message

PASTE_LIMIT = 100_000
"""Characters of one paste that are taken; no box here holds as many, and the rest is dropped."""
CHUNK = 4096
LOOK_S = 0.1
"""So often the reader looks whether a key was only Esc, and whether it is to end."""
_BLANKS = frozenset("\t\n\r")


class PasteParser(XTermParser):
    """Textual's own parser presses keys for an escape sequence inside a paste, which a stranger may have written.

    Here a paste never gets as far as that parser, and what could steer a terminal is taken out of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        """The end of what came outside a paste: a mark may come in two pieces."""
        self._paste: _Paste | None = None

    def feed(self, data: str) -> Iterable[Message]:
        """Give the messages of what was read; of an empty text, the last ones."""
        if not data:
            yield from super().feed(data)
            return
        while data:
            if self._paste is None:
                data = yield from self._keys(data)
                continue
            rest = self._paste.take(data)
            if rest is None:
                return
            yield events.Paste(self._paste.text)
            self._paste = None
            # Textual's parser saw where the paste began and has to see where it ends; its own paste is empty.
            yield from (each for each in super().feed(BRACKETED_PASTE_END) if not isinstance(each, events.Paste))
            data = rest

    def _keys(self, data: str) -> Generator[Message, None, str]:
        """Pass on what comes before a paste; gives what comes after its beginning."""
        seen = self._before + data
        begins = seen.find(BRACKETED_PASTE_START)
        if begins < 0:
            self._before = seen[1 - len(BRACKETED_PASTE_START) :]
            yield from super().feed(data)
            return ""
        outside = begins + len(BRACKETED_PASTE_START) - len(self._before)
        self._before = ""
        self._paste = _Paste()
        yield from super().feed(data[:outside])
        return data[outside:]


class _Paste:
    """What was pasted so far."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._end = ""

    def take(self, data: str) -> str | None:
        """Take what was read; gives what follows the paste once that has ended.

        Not every terminal takes the end mark out of what it pastes, so the last one that was read is the end.
        """
        seen = self._end + data
        ends = seen.rfind(BRACKETED_PASTE_END)
        if ends >= 0:
            self._keep(seen[:ends])
            return seen[ends + len(BRACKETED_PASTE_END) :]
        cut = max(0, len(seen) - len(BRACKETED_PASTE_END) + 1)
        self._keep(seen[:cut])
        self._end = seen[cut:]
        return None

    def _keep(self, piece: str) -> None:
        piece = piece[: PASTE_LIMIT - self._length]
        if piece:
            self._pieces.append(piece)
            self._length += len(piece)

    @property
    def text(self) -> str:
        """The text without what steers a terminal."""
        whole = "".join(self._pieces).replace(BRACKETED_PASTE_START, "").replace(BRACKETED_PASTE_END, "")
        return "".join(char for char in whole if char in _BLANKS or unicodedata.category(char) != "Cc")


def mind_keys(
    fileno: int,
    ended: Event,
    handle: Callable[[Message], None],
    gone: Callable[[], None],
    broke: Callable[[Exception], None],
) -> None:
    """Read as ``read_keys``; ``gone`` is called when the terminal is, ``broke`` with any other error."""
    try:
        if not read_keys(fileno, ended, handle):
            gone()
    except Exception as error:  # noqa: BLE001 - whatever it was, the keyboard is dead now
        broke(error)


def read_keys(fileno: int, ended: Event, handle: Callable[[Message], None]) -> bool:
    """Read a terminal until ``ended`` is set; every message goes to ``handle``. False when the terminal is gone."""
    parser = PasteParser()
    decode = getincrementaldecoder("utf-8")("replace").decode
    with selectors.SelectSelector() as selector:
        selector.register(fileno, selectors.EVENT_READ)
        while not ended.is_set():
            if selector.select(LOOK_S):
                try:
                    read = os.read(fileno, CHUNK)
                except OSError:
                    return False
                if not read:
                    return False
                if data := decode(read):
                    _each(parser.feed(data), handle)
            _each(parser.tick(), handle)
    return True


def _each(messages: Iterable[Message], handle: Callable[[Message], None]) -> None:
    for message in messages:
        handle(message)
