"""One letter, one meaning, in every view: the table that all commands keep to (tested) and that the help shows."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """What a key means everywhere; ``verbs`` are the command verbs that may use it."""

    words: str
    verbs: frozenset[str]


def _means(words: str, *verbs: str) -> Meaning:
    return Meaning(words, frozenset(verbs))


MEANINGS: dict[str, Meaning] = {
    "r": _means("do it again, or move it", "replay", "move", "retry"),
    "R": _means("do it again, as r", "retry"),
    "x": _means("take it away", "forget", "cancel"),
    "e": _means("edit", "edit"),
    "space": _means("mark", "mark"),
    "v": _means("mark a range", "range"),
    "*": _means("mark everything that is listed", "mark_all", "all"),
    "/": _means("filter, or search", "filter", "search"),
    ";": _means("next match", "next_match"),
    "u": _means("undo", "undo"),
    "y": _means("copy", "copy"),
    "Y": _means("choose what to copy", "copy_which", "copy_pick"),
    "o": _means("open in the browser", "browse", "browser"),
    "h": _means("history", "history"),
    "p": _means("payload", "payload"),
    "P": _means("pause or follow; of an email: hold it, or let it go", "pause", "follow", "hold"),
    "|": _means("open in your editor", "editor", "open_editor"),
    "i": _means("info, and how it is set up", "info", "setup"),
    "t": _means("send a test event", "test"),
    "c": _means("copy as curl", "curl"),
    "s": _means("signing, step by step", "signing"),
    "X": _means("export as a fixture", "export"),
    "d": _means("dismiss", "dismiss"),
    "K": _means("keep as it is, stop asking", "keep"),
    "z": _means("put off to later", "snooze"),
    "M": _means("copy as a text message", "message"),
    "E": _means("its emails", "mail"),
    "b": _means("go to its booking", "booking"),
    "w": _means("choose by cause", "causes"),
    "S": _means("hold all emails, or go on", "stop_all"),
    "[": _means("the one before: day, entry", "previous", "previous_day", "previous_entry"),
    "]": _means("the one after: day, entry", "next", "next_day", "next_entry"),
    "<": _means("inner tab to the left", "previous_tab"),
    ">": _means("inner tab to the right", "next_tab"),
    "⏎": _means("open, or go to it", "open"),
    "Esc": _means("one step back", "back"),
    "G": _means("the end", "end"),
    "j": _means("down", "down"),
    "k": _means("up", "up"),
    "↓": _means("down", "down"),
    "↑": _means("up", "up"),
    "T": _means("today", "today_again"),
    "g": _means("jump to a pane, tab or lamp", "jump"),
    "H": _means("hide or show names", "privacy"),
    "!": _means("go to the worst lamp", "worst"),
    ":": _means("commands", "palette"),
    "ctrl+p": _means("commands", "palette"),
    "ctrl+f": _means("find anything", "find"),
    "ctrl+r": _means("read everything again", "refresh"),
    "ctrl+q": _means("quit", "quit"),
    "q": _means("quit", "quit"),
    "?": _means("help", "help"),
    "1": _means("Today", "today"),
    "3": _means("Bookings", "bookings"),
    "4": _means("Hooks", "hooks"),
    "5": _means("Mail", "mail"),
}
