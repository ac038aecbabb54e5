"""The head of the Hooks view: where to send to, how the way in is doing, and the keys that begin everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from booking_tui.domain.tunnel import TunnelState
from booking_tui.services.tunnel_words import not_set_up
from booking_tui.tui.context import Context
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.text import cut
from booking_tui.tui.way_in_words import (
    TONES,
    lasting_by_minute,
    leads_in,
    local_end,
    not_listening,
    since_of,
    state_said,
)
from booking_tui.tui.widgets.line import FrameLine, Part

LOCAL_ONLY = "this machine only"
LEAST_URL = 12
_Parts = tuple[Part, ...]


def _key(key: str, word: str, choice: str) -> _Parts:
    return Part(key, "bold $text-accent", choice), Part(f" {word}", "$text-muted", choice)


def _keys(*keys: tuple[str, str, str]) -> _Parts:
    parts = [part for key in keys for part in (*_key(*key), Part("  "))]
    return (*parts[:-1], Part(" "))


_COPY = ("y", "copy", "hooks.copy")
_WAY_IN = ("i", "way in", "hooks.info")
_WHOLE = _keys(_COPY, ("t", "send a test", "hooks.test"), _WAY_IN)
_BRIEF = _keys(_COPY, ("t", "test", "hooks.test"), _WAY_IN)
_LEAST = _keys(_WAY_IN)


class AddressLine(FrameLine):
    """Says less and less the narrower it is, but always the state of the way in and the key that explains it."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="address")
        self._given = context

    def left_parts(self, width: int) -> Sequence[Part]:
        return self._fitting(width)[0]

    def right_parts(self, width: int) -> Sequence[Part]:
        return self._fitting(width)[1]

    def _fitting(self, width: int) -> tuple[_Parts, _Parts]:
        """Give what stands on the left and on the right, the fullest that has room."""
        url = self._given.webhook_url()
        if url is None:
            said = Part(self._why_none(), "$text-warning")
            return (Part(" POST ", "$text-muted"), said), _LEAST
        whole, brief = self._state(url)
        short = url.partition("://")[2] or url
        for left, right in self._choices(url, short, whole, brief):
            if _cells(left) + _cells(right) + 2 <= width:
                return left, right
        room = max(LEAST_URL, width - _cells(brief) - _cells(_LEAST) - 5)
        return (Part(" "), _address(cut(short, room)), *brief), _LEAST

    def _why_none(self) -> str:
        """Say why there is no address: the cause where it is known."""
        status = self._given.tunnel()
        if status is None or status.problem is None or not not_listening(status):
            return "no address yet: nothing listens on this home"
        cause = status.problem.what.partition(", so ")[0].rstrip(".")
        return f"nothing listens: {cause[:1].lower()}{cause[1:]}"

    def _choices(self, url: str, short: str, whole: _Parts, brief: _Parts) -> Iterator[tuple[_Parts, _Parts]]:
        """Give the ways to say it, the fullest first."""
        signs = glyphs(self._given.look)
        end = local_end(self._given.settings)
        post = (Part(" POST ", "$text-muted"), _address(url))
        if end is not None and self._leads_in(url):
            led = Part(f"  {signs.moved} {end}", "$text-muted")
            yield (*post, led, *whole), _WHOLE
            yield (*post, led, *whole), _BRIEF
        yield (*post, *whole), _WHOLE
        yield (*post, *whole), _BRIEF
        yield (Part(" "), _address(short), *whole), _BRIEF
        yield (Part(" "), _address(short), *brief), _BRIEF
        yield (Part(" "), _address(short), *whole), _LEAST
        yield (Part(" "), _address(short), *brief), _LEAST

    def _leads_in(self, url: str) -> bool:
        return leads_in(url, self._given.tunnel(), demo=self._given.demo)

    def _state(self, url: str) -> tuple[_Parts, _Parts]:
        """Say how the way in is doing, whole and brief; the address of this machine always says what it is."""
        status = self._given.tunnel()
        signs = glyphs(self._given.look)
        local = not self._leads_in(url)
        if status is None or not_set_up(status) or status.state is TunnelState.OFF:
            if not local:
                return (), ()
            alone = _said(signs.idle, LOCAL_ONLY, "$text-muted")
            return alone, alone
        said = state_said(status, signs)
        style = TONES[said.tone]
        age = lasting_by_minute(self._given.clock.now() - since_of(status))
        words = f"{said.word} {age}".rstrip()
        if local:
            return _said(said.glyph, f"{words} {signs.dot} {LOCAL_ONLY}", style), _said(said.glyph, LOCAL_ONLY, style)
        return _said(said.glyph, words, style), _said(said.glyph, said.word, style)


def _address(text: str) -> Part:
    return Part(text, "bold $text-primary", "hooks.copy")


def _said(glyph: str, words: str, style: str) -> _Parts:
    return Part("  "), Part(f"{glyph} {words}", style, "hooks.info")


def _cells(parts: Sequence[Part]) -> int:
    return sum(cell_len(cut(part.text)) for part in parts)
