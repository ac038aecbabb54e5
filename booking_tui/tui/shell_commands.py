"""The commands that work everywhere."""

from __future__ import annotations

from booking_tui.tui.commands import Command

SHELL_COMMANDS: tuple[Command, ...] = (
    Command("app.today", "1", "Go to Today", "Show the day: agenda, next appointment, what needs you, what comes in."),
    Command("app.bookings", "3", "Go to Bookings", "Show every booking with its details and its history."),
    Command("app.hooks", "4", "Go to Hooks", "Show every webhook that came in and what became of it."),
    Command("app.mail", "5", "Go to Mail", "Show every email, what failed first, with its cause and what helps."),
    Command(
        "app.jump",
        "g",
        "Jump to a place",
        "Light a letter on every pane, tab and lamp; the letter goes there.",
        footer="Jump",
        palette=False,
    ),
    Command(
        "app.find",
        "ctrl+f",
        "Find anything",
        "Search guests, bookings, emails and requests in one list.",
    ),
    Command(
        "app.palette",
        "ctrl+p,colon",
        "Open commands",
        "Search everything that can be done here; each is listed with its key.",
        footer="Commands",
        palette=False,
    ),
    Command(
        "app.help",
        "question_mark",
        "Open help",
        "Say what the pane with the focus is for and list its keys; tab shows all keys.",
        footer="Help",
    ),
    Command(
        "app.worst",
        "exclamation_mark",
        "Go to the worst lamp",
        "Go where the most pressing trouble is explained, or else to Needs you.",
    ),
    Command("app.privacy", "H", "Hide or show names", "Show people by their initials everywhere, or by name again."),
    Command("app.theme", "", "Choose a theme", "Pick the colours; each is shown while you look at it."),
    Command("app.ascii", "", "Switch plain signs", "Use only ASCII signs and borders, or the fuller set again."),
    Command("app.compact", "", "Switch compact", "Leave out Today's load bars and details box."),
    Command("app.welcome", "", "Show the welcome sheet", "Show the first steps again: look around, connect, or go on."),
    Command(
        "app.steps",
        "",
        "Connect Cal.com in four steps",
        "Show where to send to, the secret to copy, the triggers to tick.",
    ),
    Command("app.tunnel", "", "Set up the tunnel", "Choose the way in from outside, try it, and see that it works."),
    Command("app.refresh", "ctrl+r", "Read everything again", "Read the screen anew from the database."),
    Command("app.quit", "q,ctrl+q", "Quit", "Leave the dashboard. Everything is saved already.", footer="Quit"),
)
"""In the order of the help page; those with a footer word stand in every footer."""
