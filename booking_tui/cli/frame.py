"""The frame of every command: ``--home`` and ``--json`` anywhere, late imports, and failures in one line."""

from __future__ import annotations

import errno
import importlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import click

from booking_tui.cli.session import Failure, Session

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Folder(click.Path):
    """A folder's name; an empty one, which would mean the folder one happens to be in, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Read the name."""
        if not str(value).strip():
            self.fail("an empty name is no folder", param, ctx)
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


def is_text(text: str) -> bool:
    """Say whether a text can be written as UTF-8: bytes of another encoding on the command line cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Noun(click.Group):
    """A group of verbs, with the common options itself."""

    command_class = Verb

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.params.extend(_common())


class Root(Noun):
    """The program: knows each command's module and one-line help, and imports the module when it is asked for."""

    late: ClassVar[Mapping[str, tuple[str, str]]] = {}

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

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; whatever goes wrong becomes one line and an exit code."""
        return in_words(lambda: super(Root, self).invoke(ctx), ctx)


def in_words(run: Callable[[], Any], context: click.Context) -> Any:  # noqa: ANN401 - passes on what click returns
    """Run and turn every error into a Failure (exit 1) or a usage error (exit 2)."""
    try:
        return run()
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        raise Failure("interrupted") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # the reader of our output went away: click ends quietly
        raise _explained(error, context) from error


def _explained(error: Exception, context: click.Context) -> click.ClickException:
    from booking_tui.domain.filter import FilterError
    from booking_tui.ports import DeedRefused
    from booking_tui.settings import SettingsError

    if isinstance(error, FilterError):
        return click.UsageError(str(error), ctx=context)
    if isinstance(error, SettingsError):
        return Failure(f"wrong settings: {error}")
    if isinstance(error, DeedRefused):
        return Failure(str(error))
    from booking_tui.wiring import failure_in_words

    if words := failure_in_words(error):
        return Failure(words)
    if isinstance(error, OSError):
        return Failure(
            f"the machine refused: {error.strerror or error}{f' ({error.filename})' if error.filename else ''}"
        )
    kept = _kept(error, context)
    return Failure(f"unexpected {type(error).__name__}: {error}; this is a bug, please report it{kept}")


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
