"""What can be done on Today."""

from __future__ import annotations

from booking_tui.tui.commands import Command

OPEN = Command("today.open", "", "Open booking", "Go to the booking or the request under the cursor.", "Open", "⏎")
BROWSE = Command(
    "today.browse", "o", "Open in the browser", "Open the call's link, or else the guest's page at Cal.com.", "Join"
)
COPY = Command(
    "today.copy", "y", "Copy the link or email", "Copy the call's link, or else the guest's email.", "Copy link"
)
MAIL = Command("today.mail", "E", "Show its emails", "List every email of this booking and how it fares.", "Emails")
DISMISS = Command(
    "today.dismiss", "d", "Dismiss", "Take a line off the list until the program starts again.", "Dismiss"
)
UNDO = Command(
    "today.undo", "u", "Undo dismissing", "Bring back the line of Needs you that was dismissed last.", "Undo"
)
PAUSE = Command("today.pause", "P", "Pause or follow", "Hold the live lines still, or let them run on.", "Pause")
PREVIOUS = Command("today.previous-day", "left_square_bracket", "Day before", "Show the agenda of the day before.")
NEXT = Command(
    "today.next-day", "right_square_bracket", "Day after", "Show the agenda of the day after.", "Days", "[ ]"
)
AGAIN = Command("today.today-again", "T", "Back to today", "Show the agenda of today again.", "Today")
PREVIOUS_TAB = Command(
    "today.previous-tab", "less_than_sign", "Pane before", "On narrow screens: show the pane before below the agenda."
)
NEXT_TAB = Command(
    "today.next-tab", "greater_than_sign", "Pane after", "On narrow screens: show the next pane below the agenda."
)

TODAY_COMMANDS: tuple[Command, ...] = (
    OPEN,
    BROWSE,
    COPY,
    MAIL,
    DISMISS,
    UNDO,
    PAUSE,
    PREVIOUS,
    NEXT,
    AGAIN,
    PREVIOUS_TAB,
    NEXT_TAB,
)
