"""What can be done on Mail."""

from __future__ import annotations

from dataclasses import replace

from booking_tui.tui.commands import Command

OPEN = Command(
    "mail.open", "", "Open the email", "Go to why it stands where it stands; ⏎ there does what helps most.", "Why", "⏎"
)
RETRY = Command(
    "mail.retry",
    "r,R",
    "Retry, or send now",
    "Send it again, or what waits ahead of its time, after five seconds.",
    "Retry",
)
EDIT = Command(
    "mail.edit", "e", "Edit and send", "Correct address, subject or text and send it; the booking gets it too.", "Edit"
)
KEEP = Command("mail.keep", "K", "Keep as it is", "Leave what failed as it is, and stop asking.", "Keep")
SNOOZE = Command(
    "mail.snooze",
    "z",
    "Put off",
    "Send it later, while it still makes sense: in an hour, this evening, or at a time.",
    "Later",
)
MESSAGE = Command(
    "mail.message", "M", "Copy as a text message", "Copy what it says in short, to be sent another way.", "Text"
)
HOLD = Command("mail.hold", "P", "Hold, or let go", "Hold back what waits, or let go what is held.", "Hold")
CANCEL = Command("mail.cancel", "x", "Call off", "Never send what still waits.", "Call off")
UNDO = Command("mail.undo", "u", "Undo", "Take the last deed back, as long as nothing of it has left.", "Undo")
BOOKING = Command("mail.booking", "b", "Go to the booking", "Show the booking that the email speaks of.", "Booking")
CAUSES = Command(
    "mail.causes", "w", "Choose a cause", "List the causes with how many have them, and show one.", "Causes"
)
FILTER = Command("mail.filter", "slash", "Filter", "Show only what fits words and keys such as why:rate.", "Filter")
MARK = Command("mail.mark", "space", "Mark", "Mark the email under the cursor, or end a range.", "Mark")
RANGE = Command("mail.range", "v", "Mark a range", "Mark everything from here to where the cursor goes.")
MARK_ALL = Command(
    "mail.mark-all", "asterisk", "Mark all", "Mark everything that is listed, or nothing again.", "Mark all"
)
HISTORY = Command("mail.history", "h", "Go to the tries", "Go to what happened to it; again, go back to the list.")
PAYLOAD = Command("mail.payload", "p", "Show the raw answer", "Show what was answered, as it came.", "Raw")
BROWSE = Command("mail.browse", "o", "Open in the browser", "Look at the email as it looks in a mail program.", "Look")
EDITOR = Command(
    "mail.editor", "vertical_line", "Text in your editor", "Write the text in your own editor, then send it."
)
COPY = Command("mail.copy", "y", "Copy", "Copy the address; of marked ones a line each.", "Copy")
COPY_WHICH = Command("mail.copy-which", "Y", "Choose what to copy", "Copy the address, the text, an id or the .ics.")
STOP_ALL = Command("mail.stop-all", "S", "Hold all, or go on", "Send nothing at all until you say so, or go on.")
PREVIOUS_TAB = Command(
    "mail.previous-tab", "less_than_sign", "Tab before", "Show the list, or the inner tab, on the left."
)
NEXT_TAB = Command(
    "mail.next-tab", "greater_than_sign", "Tab after", "Show the list, or the inner tab, on the right.", "Tabs", "< >"
)
UNSUPPRESS = Command("mail.unsuppress", "", "Take off Resend's list", "Have Resend send to this address again.")
SETUP = Command("mail.setup", "i", "Set up sending", "Give the key and the address that emails are sent from.")
MAILBOX = Command(
    "mail.mailbox", "", "Open the demo's mailbox", "See in the browser what the demo's emails look like to guests."
)
BACK = Command("mail.back", "escape", "Back", "Go one step back.", palette=False)

MAIL_COMMANDS: tuple[Command, ...] = (
    OPEN,
    RETRY,
    EDIT,
    KEEP,
    SNOOZE,
    HOLD,
    CANCEL,
    UNDO,
    MESSAGE,
    BOOKING,
    CAUSES,
    FILTER,
    MARK,
    RANGE,
    MARK_ALL,
    HISTORY,
    PAYLOAD,
    BROWSE,
    EDITOR,
    COPY,
    COPY_WHICH,
    STOP_ALL,
    PREVIOUS_TAB,
    NEXT_TAB,
    UNSUPPRESS,
    SETUP,
    MAILBOX,
    BACK,
)
SEND_NOW = replace(RETRY, footer="Send now")
"""What the same key does to what has never been sent."""
IN_LIST: dict[str, tuple[Command, ...]] = {
    "failed": (OPEN, EDIT, RETRY, KEEP, MESSAGE, CAUSES, UNDO, FILTER),
    "retrying": (OPEN, RETRY, HOLD, CANCEL, MESSAGE, CAUSES, UNDO, FILTER),
    "planned": (OPEN, HOLD, SNOOZE, CANCEL, EDIT, SEND_NOW, UNDO, FILTER),
    "sent": (OPEN, BROWSE, BOOKING, COPY, NEXT_TAB, FILTER),
    "settled": (OPEN, BOOKING, MESSAGE, COPY, NEXT_TAB, FILTER),
    "skipped": (OPEN, SEND_NOW, BOOKING, CAUSES, MESSAGE, NEXT_TAB, FILTER),
    "all": (OPEN, BOOKING, BROWSE, COPY, NEXT_TAB, FILTER),
}
WITH_MARKS: dict[str, tuple[Command, ...]] = {
    "failed": (RETRY, KEEP, HOLD, CANCEL, COPY, UNDO),
    "retrying": (RETRY, HOLD, CANCEL, COPY, UNDO),
    "planned": (HOLD, SNOOZE, CANCEL, SEND_NOW, COPY, UNDO),
    "sent": (COPY,),
    "settled": (COPY,),
    "skipped": (COPY,),
    "all": (RETRY, HOLD, CANCEL, COPY, UNDO),
}
"""What works on several at once."""
IN_SIDE = (NEXT_TAB, EDIT, RETRY, PAYLOAD, BROWSE, BOOKING, MESSAGE, UNDO)
NEED_AN_EMAIL = frozenset(
    row.id
    for row in (
        *(OPEN, RETRY, EDIT, KEEP, SNOOZE, MESSAGE, HOLD, CANCEL, BOOKING, MARK, RANGE, HISTORY, PAYLOAD, BROWSE),
        *(EDITOR, COPY, COPY_WHICH, UNSUPPRESS),
    )
)
NEED_IT_READ = frozenset(
    row.id for row in (EDIT, MESSAGE, BOOKING, PAYLOAD, BROWSE, EDITOR, COPY, COPY_WHICH, UNSUPPRESS)
)
