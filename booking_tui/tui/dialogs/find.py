"""Find anything: guests, bookings, emails and requests in one list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from booking_tui.domain.rows import Scope
from booking_tui.domain.words import trigger_words
from booking_tui.tui.dialogs.picker import Choice, PickerDialog
from booking_tui.tui.main_screen import MainScreen
from booking_tui.tui.text import hide_names, masked_name
from booking_tui.tui.views.base import View
from booking_tui.tui.views.hosting import app_of

if TYPE_CHECKING:
    from booking_tui.services.queries import Found

MOST = 40
KINDS = {"event": "request"}
"""What the screens call a kind of hit that the commands name otherwise."""


def open_find(screen: MainScreen) -> None:
    """Show the search and go to what is chosen."""
    context = screen.context

    def look(text: str) -> Sequence[Choice]:
        if not text.strip():
            return ()
        found = context.queries.everywhere(text.strip(), MOST)
        return [_choice(one, hide=context.look.privacy) for one in found]

    async def go(chosen: str | None) -> None:
        kind, _, target = (chosen or "").partition(":")
        if kind == "guest":
            from booking_tui.tui.views.bookings import BookingsView

            view = await screen.show_view("bookings")
            quoted = f'"{target}"' if any(character.isspace() for character in target) else target
            if isinstance(view, BookingsView):
                view.choose_scope(Scope.ALL)
                view.filter.set_text(f"who:{quoted}")
        elif kind:
            screen.post_message(View.WentTo(kind, target))

    dialog = PickerDialog(
        "Find anything",
        "a name, an address, a booking, a request",
        look,
        empty="Type to search guests, bookings, emails and requests.",
        threaded=True,
        steady=True,
    )
    app_of(screen).push_screen(dialog, go)


def _choice(found: Found, *, hide: bool) -> Choice:
    """Draw one hit; with ``hide`` nobody is named."""
    named = found.kind != "event"
    text = found.text if named else trigger_words(found.text)
    text = masked_name(text) if hide and named else text
    detail = hide_names(found.detail, [found.text]) if hide and named else found.detail
    return Choice(f"{found.kind}:{found.id}", text, detail, KINDS.get(found.kind, found.kind))
