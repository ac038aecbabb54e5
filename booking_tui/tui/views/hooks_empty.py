"""What the list of requests says while it is empty: why, how Cal.com gets to send here, and the keys that help."""

from __future__ import annotations

from booking_tui.tui.context import Context
from booking_tui.tui.way_in_words import leads_in
from booking_tui.tui.widgets.table_paint import Notice

ROOMY = 14
"""The rows from which on the four steps have room."""
_TEST, _COPY = ("t", "send a test event"), ("y", "copy the address")
_WAY_IN = ("i", "the way in, and the four steps at cal.com")
_AIR = ("", "")


def empty_notice(context: Context, rows: int, *, filtered: bool) -> Notice:
    """Give what stands in place of requests, for a list of so many rows."""
    if filtered:
        return Notice("No request matches the filter", (), (("Esc", "take the filter away"),))
    url = context.webhook_url()
    if url is None:
        return Notice("Nothing listens yet, so nothing can come in", (), (("ctrl+r", "look again"),))
    title = "Nothing has come in yet"
    if not leads_in(url, context.tunnel(), demo=context.demo):
        lines = ("Cal.com cannot reach this machine yet:", "press i, then s, to set up the way in")
        return Notice(title, lines, (_TEST, _COPY, _WAY_IN))
    if rows < ROOMY:
        return Notice(title, (f"Cal.com sends to  {url}",), (_TEST, _COPY, _WAY_IN))
    steps = (
        ("1", "at cal.com: Settings, Developer, Webhooks, New"),
        ("2", "Subscriber URL: y copies it"),
        ("3", "Secret: i, then w has it ready to copy"),
        ("4", "tick the triggers, then press Ping test"),
    )
    return Notice(title, (f"So that Cal.com sends to  {url}",), (*steps, _AIR, _TEST, _COPY, _WAY_IN))
