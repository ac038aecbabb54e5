"""What can be done on Hooks."""

from __future__ import annotations

from booking_tui.tui.commands import Command

OPEN = Command(
    "hooks.open", "", "Open the request", "Go to the payload; on narrow screens it fills the view.", "Open", "⏎"
)
TEST = Command(
    "hooks.test", "t", "Send a test event", "Choose an event from the catalogue and send it by HTTP.", "Test"
)
REPLAY = Command(
    "hooks.replay",
    "r",
    "Replay",
    "Check the stored bytes against today's secrets and take them in again, one or all marked.",
    "Replay",
)
EDIT = Command(
    "hooks.edit",
    "e",
    "Edit and send",
    "Edit the payload in your editor, then send it, signed anew or as it is.",
    "Edit",
)
CURL = Command(
    "hooks.curl", "c", "Copy as curl", "Copy a command that sends the same bytes again, secrets included.", "curl"
)
SIGNING = Command("hooks.signing", "s", "Show the signing", "Go through the signature step by step.", "Signing")
MARK = Command("hooks.mark", "space", "Mark", "Mark the request under the cursor, or end a range.", "Mark")
FILTER = Command("hooks.filter", "slash", "Filter or search", "Filter the list, or search in the payload.", "Filter")
FORGET = Command("hooks.forget", "x", "Forget", "Delete what is kept of the request, or of all marked ones.", "Forget")
RANGE = Command("hooks.range", "v", "Mark a range", "Mark everything from here to where the cursor goes.")
MARK_ALL = Command("hooks.mark-all", "asterisk", "Mark all", "Mark everything that the filter shows, or nothing again.")
NEXT_MATCH = Command("hooks.next-match", "semicolon", "Next match", "Go to the next place where the text was found.")
COPY = Command("hooks.copy", "y", "Copy", "Copy the address to send to; in the payload, the JSON.", "Copy")
COPY_WHICH = Command("hooks.copy-which", "Y", "Choose what to copy", "Copy the address, the JSON, the id or the curl.")
EXPORT = Command(
    "hooks.export", "X", "Export as a fixture", "Write the request to a file, secrets masked and signed anew."
)
PAUSE = Command(
    "hooks.pause", "P", "Pause or follow", "Stay where you are while requests come in, or follow the newest."
)
PAYLOAD = Command("hooks.payload", "p", "Show the payload", "Go to the payload; again, go back to the list.")
EDITOR = Command("hooks.editor", "vertical_line", "Open in your editor", "Look at the true bytes in your own editor.")
PREVIOUS_TAB = Command("hooks.previous-tab", "less_than_sign", "Tab before", "Show the inner tab on the left.")
NEXT_TAB = Command(
    "hooks.next-tab", "greater_than_sign", "Tab after", "Show the inner tab on the right.", "Tabs", "< >"
)
INFO = Command(
    "hooks.info",
    "i",
    "Show the way in (tunnel)",
    "Tell how the way in from outside is doing, set it up, and go through the four steps at Cal.com.",
    "Way in",
)
BACK = Command("hooks.back", "escape", "Back", "Go one step back.", palette=False)

HOOKS_COMMANDS: tuple[Command, ...] = (
    OPEN,
    TEST,
    REPLAY,
    EDIT,
    CURL,
    SIGNING,
    MARK,
    FILTER,
    FORGET,
    RANGE,
    MARK_ALL,
    NEXT_MATCH,
    COPY,
    COPY_WHICH,
    EXPORT,
    PAUSE,
    PAYLOAD,
    EDITOR,
    PREVIOUS_TAB,
    NEXT_TAB,
    INFO,
    BACK,
)
IN_LIST = (OPEN, TEST, REPLAY, EDIT, CURL, SIGNING, MARK, FILTER)
IN_PAYLOAD = (NEXT_TAB, COPY, CURL, REPLAY, EDIT, SIGNING, FILTER, TEST)
NEED_A_REQUEST = frozenset(
    row.id for row in (OPEN, REPLAY, EDIT, CURL, SIGNING, MARK, FORGET, RANGE, EXPORT, PAYLOAD, EDITOR)
)
NEED_IT_READ = frozenset(row.id for row in (EDIT, CURL, SIGNING, EXPORT, EDITOR))
