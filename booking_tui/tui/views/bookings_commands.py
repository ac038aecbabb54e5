"""What can be done on Bookings."""

from __future__ import annotations

from booking_tui.tui.commands import Command

OPEN = Command(
    "bookings.open", "", "Open the booking", "Go to its details; on narrow screens they fill the view.", "Open", "⏎"
)
EDIT = Command("bookings.edit", "e", "Edit your note", "Write a note of your own that stays on this machine.", "Note")
UNDO = Command("bookings.undo", "u", "Undo the last note", "Put the note back as it was before your last edit.", "Undo")
BROWSE = Command(
    "bookings.browse", "o", "Open in the browser", "Open the call's link, or else the guest's page at Cal.com.", "Join"
)
COPY = Command(
    "bookings.copy", "y", "Copy", "Copy the call's link, else the guest's email; of marked ones a line each.", "Copy"
)
COPY_WHICH = Command("bookings.copy-which", "Y", "Choose what to copy", "Copy the link, the email, the uid or JSON.")
HISTORY = Command("bookings.history", "h", "Go to the history", "Go to everything that happened to it.", "History")
PAYLOAD = Command(
    "bookings.payload", "p", "Show the request behind", "Go to the webhook that made this history entry.", "Payload"
)
MAIL = Command("bookings.mail", "E", "Show its emails", "List every email of this booking and how it fares.", "Emails")
FILTER = Command("bookings.filter", "slash", "Filter", "Show only what fits words and keys.", "Filter")
MARK = Command("bookings.mark", "space", "Mark", "Mark the booking under the cursor, or end a range.", "Mark")
RANGE = Command("bookings.range", "v", "Mark a range", "Mark everything from here to where the cursor goes.")
MARK_ALL = Command("bookings.mark-all", "asterisk", "Mark all", "Mark everything that is listed, or nothing again.")
EDITOR = Command("bookings.editor", "vertical_line", "Note in your editor", "Write the note in your own editor.")
PREVIOUS_TAB = Command(
    "bookings.previous-tab", "less_than_sign", "Tab before", "Show the list, or the inner tab, on the left."
)
NEXT_TAB = Command(
    "bookings.next-tab",
    "greater_than_sign",
    "Tab after",
    "Show the list, or the inner tab, on the right.",
    "Lists",
    "< >",
)
PREVIOUS_ENTRY = Command(
    "bookings.previous-entry", "left_square_bracket", "Booking before", "Go to the booking before in the list."
)
NEXT_ENTRY = Command(
    "bookings.next-entry",
    "right_square_bracket",
    "Booking after",
    "Go to the next booking in the list.",
    "Booking",
    "[ ]",
)
BACK = Command("bookings.back", "escape", "Back", "Go one step back.", palette=False)

BOOKINGS_COMMANDS: tuple[Command, ...] = (
    OPEN,
    EDIT,
    UNDO,
    BROWSE,
    COPY,
    COPY_WHICH,
    HISTORY,
    PAYLOAD,
    MAIL,
    FILTER,
    MARK,
    RANGE,
    MARK_ALL,
    EDITOR,
    PREVIOUS_TAB,
    NEXT_TAB,
    PREVIOUS_ENTRY,
    NEXT_ENTRY,
    BACK,
)
IN_LIST = (OPEN, EDIT, FILTER, NEXT_TAB, BROWSE, COPY, HISTORY, UNDO)
IN_DETAIL = (EDIT, BROWSE, COPY, HISTORY, MAIL, UNDO, NEXT_ENTRY)
IN_HISTORY = (PAYLOAD, MAIL, EDIT, UNDO, COPY, NEXT_ENTRY)
NEED_A_BOOKING = frozenset(
    row.id
    for row in (
        OPEN,
        EDIT,
        BROWSE,
        COPY,
        COPY_WHICH,
        HISTORY,
        PAYLOAD,
        MAIL,
        MARK,
        RANGE,
        EDITOR,
        PREVIOUS_ENTRY,
        NEXT_ENTRY,
    )
)
NEED_IT_READ = frozenset(row.id for row in (EDIT, BROWSE, COPY, COPY_WHICH, PAYLOAD, EDITOR))
