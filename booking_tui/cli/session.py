"""What every command has: the home, the settings, JSON or not; and the one kind of failure."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from booking_tui.domain.safe_text import clean

if TYPE_CHECKING:
    from booking_tui.logs import Logging
    from booking_tui.paths import Home
    from booking_tui.ports import Desk
    from booking_tui.services.queries import Queries
    from booking_tui.settings import Settings


def is_text(text: str) -> bool:
    """Say whether a text can be written as UTF-8: bytes of another encoding on the command line cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Failure(click.ClickException):
    """A command failed: one line on stderr saying what, why and what to do; exit code 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line, or the few lines of a list."""
        for line in self.message.splitlines() or [self.message]:
            click.echo(f"booking-tui: {clean(line)}", file=file, err=file is None)


class Session:
    """What was asked for before and after the subcommand, and what follows from it."""

    def __init__(self) -> None:
        self.named_home: Path | None = None
        self.json = False
        self._settings: Settings | None = None

    @property
    def home(self) -> Home:
        """Give the home: named by option, by environment, or the platform's."""
        from booking_tui.paths import Home, default_home

        home = Home(self.named_home) if self.named_home else default_home(os.environ)
        if not is_text(str(home.root)):
            raise Failure("the home's name is not UTF-8 text; name another folder by --home or BOOKING_TUI_HOME")
        if home.root.exists() and not home.root.is_dir():
            raise Failure(f"the home {home.root} is a file; name a folder by --home or BOOKING_TUI_HOME")
        return home

    @property
    def program(self) -> str:
        """Give how the program is called for this home, for commands that a message names."""
        return "booking-tui" if self.named_home is None else f"booking-tui --home {shlex.quote(str(self.named_home))}"

    @property
    def settings(self) -> Settings:
        """Give the settings of the home; read once, since reading takes the secrets out of the environment."""
        if self._settings is None:
            from booking_tui.settings import load

            self._settings = load(self.home.root, os.environ)
        return self._settings

    @property
    def database(self) -> Path:
        """Give the file of the database."""
        return self.settings.database.path(self.home.database)

    @contextmanager
    def logging(self, role: str, *, stderr: bool = False) -> Generator[Logging]:
        """Log to the role's file while the block runs; what the settings warn of goes first."""
        from booking_tui.logs import Logging

        settings, home = self.settings, self.home
        with Logging(role, home.logs, level=settings.log.level, stderr=stderr, secrets=settings.secrets) as lines:
            for warning in (*settings.warnings, *settings.near_misses):
                logging.getLogger("booking_tui.settings").warning("%s", warning)
            yield lines

    @contextmanager
    def queries(self) -> Generator[Queries]:
        """Open the home for reading; one that is not there yet is not made by looking for it."""
        settings = self.settings
        from booking_tui import wiring

        if not settings.database.path(self.home.database).exists():
            from booking_tui.cli.output import emit_note

            emit_note(f"Nothing is at {self.home.root} yet.")
            with wiring.open_nothing(settings) as queries:
                yield queries
            return
        with self.logging("cli"), wiring.open_queries(self.home, settings) as queries:
            yield queries

    @contextmanager
    def desk(self) -> Generator[Desk]:
        """Open the home for doing: through the process that holds it, else by taking it for as long as it lasts."""
        settings = self.settings
        from booking_tui import wiring

        with self.logging("cli"), wiring.open_desk(self.home, settings) as desk:
            yield desk


pass_session = click.make_pass_decorator(Session, ensure=True)
