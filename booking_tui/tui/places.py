"""The numbered places, each loaded when it is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple, cast

from booking_tui.tui.commands import Command
from booking_tui.tui.shell_commands import SHELL_COMMANDS
from booking_tui.tui.views.base import View


class Place(NamedTuple):
    """A view by name: its number stays the same for ever; ``where`` is ``module:class``."""

    name: str
    number: int
    title: str
    where: str

    def load(self) -> type[View]:
        """Import the view's class."""
        module, _, name = self.where.partition(":")
        return cast("type[View]", getattr(import_module(module), name))


PLACES: tuple[Place, ...] = (
    Place("today", 1, "Today", "booking_tui.tui.views.today:TodayView"),
    Place("bookings", 3, "Bookings", "booking_tui.tui.views.bookings:BookingsView"),
    Place("hooks", 4, "Hooks", "booking_tui.tui.views.hooks:HooksView"),
    Place("mail", 5, "Mail", "booking_tui.tui.views.mail:MailView"),
)
"""The numbers leave room for the places that are still to come."""


def place(name: str) -> Place:
    """Give a place by its name. Raises KeyError for a name that is none."""
    return {known.name: known for known in PLACES}[name]


def every_command() -> list[Command]:
    """Give the whole command table. Imports every view."""
    return [*SHELL_COMMANDS, *(command for known in PLACES for command in known.load().COMMANDS)]
