"""The frame of every command: ``--home`` and ``--json`` anywhere, late imports, and failures in one line."""

from __future__ import annotations

import errno
import importlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import click

from booking_tui.cli.session import Failure, Session, is_text
from booking_tui.cli.streams import need_output, written

SENTENCE = 400
"""Letters that no first sentence has."""
T = TypeVar("T")
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Folder(click.Path):
    """A folder's name; an empty one, which would mean the folder one happens to be in, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Read the name."""
        if not str(value).strip():
            self.fail("an empty name is no folder", param, ctx)
        if not is_text(str(value)):
            self.fail("a home's name must be UTF-8 text", param, ctx)
        return super().convert(value, param, ctx)


def _take_home(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Session).named_home = value


def _take_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Session).json = True


def _common() -> list[click.Parameter]:
    """Make the two options that stand before and after the subcommand, on every command."""
    home = click.Option(
        ["--home"],
        type=_Folder(path_type=Path, file_okay=False),
        metavar="DIR",
        expose_value=False,
        callback=_take_home,
        help="The home folder (default: BOOKING_TUI_HOME, else the user's data folder).",
    )
    plain = click.Option(
        ["--json"], is_flag=True, expose_value=False, callback=_take_json, help="Answer with one JSON document."
    )
    return [home, plain]


class Verb(click.Command):
    """A command with the common options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.params.extend(_common())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; a text that is none in this machine's encoding is refused before it gets anywhere."""
        rest = super().parse_args(ctx, args)
        for parameter in self.params:
            value: object = ctx.params.get(parameter.name or "")
            texts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
            if any(isinstance(text, str) and not is_text(text) for text in texts):
                raise click.BadParameter("it is not UTF-8 text", ctx, parameter)
        return rest


class Noun(click.Group):
    """A group of verbs, with the common options itself."""

    command_class = Verb

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.params.extend(_common())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each verb with its whole first sentence, which click would cut at the width of a line."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(SENTENCE)) for name, command in found if command])


class Root(Noun):
    """The program: knows each command's module and one-line help, and imports the module when it is asked for."""

    late: ClassVar[Mapping[str, tuple[str, str]]] = {}
    on_terminal: ClassVar[frozenset[str]] = frozenset({"demo"})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the table."""
        del ctx
        return list(self.late)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        del ctx
        if cmd_name not in self.late:
            return None
        module, _ = self.late[cmd_name]
        found = getattr(importlib.import_module(module), "command_" + cmd_name.replace("-", "_"))
        assert isinstance(found, click.Command)  # noqa: S101 - the table and the module are ours
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table, so that help imports no command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self.late.items()])

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - click's own signature
        """Read the command line, which prints the help and the version."""
        try:
            return written(lambda: super(Root, self).make_context(*args, **extra))
        except click.exceptions.Exit:
            need_output()
            raise

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:  # noqa: ANN401 - click's own signature
        """Find the command; all but those that need a terminal, and say so, need somewhere to print to."""
        if args[0] not in self.on_terminal:
            need_output()
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; whatever goes wrong becomes one line and an exit code."""
        return in_words(lambda: super(Root, self).invoke(ctx), ctx)


def in_words(run: Callable[[], Any], context: click.Context) -> Any:  # noqa: ANN401 - passes on what click returns
    """Run and turn every error into a Failure (exit 1) or a usage error (exit 2)."""
    try:
        return written(run)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        raise Failure("interrupted") from None
    except Exception as error:
        raise _explained(error, context) from error


def _explained(error: Exception, context: click.Context) -> click.ClickException:
    from booking_tui.domain.filter import FilterError
    from booking_tui.ports import DeedRefused
    from booking_tui.settings import SettingsError

    if isinstance(error, FilterError):
        return click.UsageError(str(error), ctx=context)
    if isinstance(error, SettingsError):
        program = context.ensure_object(Session).program
        return Failure(f"wrong settings: {error}".replace("see: booking-tui ", f"see: {program} "))
    if isinstance(error, DeedRefused):
        return Failure(str(error))
    from booking_tui.wiring import failure_in_words

    if words := failure_in_words(error, _of_session(context, lambda session: session.database)):
        return Failure(words)
    if isinstance(error, OSError):
        where = error.filename or _of_session(context, lambda session: f"in the home {session.home.root}")
        room = "; make room on that disk" if error.errno == errno.ENOSPC else ""
        return Failure(f"the machine refused: {error.strerror or error}{f' ({where})' if where else ''}{room}")
    kept = _kept(error, context)
    return Failure(f"unexpected {type(error).__name__}: {error}; this is a bug, please report it{kept}")


def _of_session(context: click.Context, ask: Callable[[Session], T]) -> T | None:
    """Give what the session knows; None when the settings or the home themselves are what is wrong."""
    try:
        return ask(context.ensure_object(Session))
    except Exception:  # noqa: BLE001 - what went wrong first is what counts
        return None


def _kept(error: Exception, context: click.Context) -> str:
    """Write the traceback to the log of a home that is there, never to the screen; say where it lies."""
    try:
        session = context.ensure_object(Session)
        if not session.home.root.is_dir():
            return ""
        with session.logging("cli") as lines:
            logging.getLogger("booking_tui").error("unexpected", exc_info=error)
        return f" with the last lines of {lines.path}"
    except Exception:  # noqa: BLE001 - what went wrong first is what counts
        return ""
