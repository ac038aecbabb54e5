"""The palette: everything that can be done, with its key; and the themes, shown while they are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import App

from booking_tui.tui.commands import Command, keys_of
from booking_tui.tui.dialogs.picker import Choice, PickerDialog, narrowed
from booking_tui.tui.main_screen import MainScreen
from booking_tui.tui.places import PLACES
from booking_tui.tui.shell_commands import SHELL_COMMANDS
from booking_tui.tui.views.base import View
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.work import run_in_thread

RECENT_KEPT = 5


class ThemesDialog(PickerDialog):
    """Stands at the side and leaves the screen as it is, for it shows what is being chosen."""


def palette_choices(
    view: View | None, recent: Sequence[str], keymap: Mapping[str, str], *, ascii_only: bool = False
) -> list[Choice]:
    """List every command: the latest chosen, then those of the present view, of everywhere, and of other views."""

    def choice(command: Command, note: str, off: str | None = None) -> Choice:
        # One row is one key here: the pair that the footer shows belongs to two rows.
        key = next(iter(keys_of(command, keymap)), "")
        return Choice(command.id, command.title, note, key.replace("⏎", "Enter") if ascii_only else key, off)

    present = () if view is None else view.COMMANDS
    choices = [choice(row, "", None if view is None else view.why_not(row.id)) for row in present if row.palette]
    choices += [choice(row, "") for row in SHELL_COMMANDS if row.palette]
    for known in PLACES:
        if view is None or known.name != view.id:
            choices += [choice(row, f"in {known.title}") for row in known.load().COMMANDS if row.palette and row.keys]
    by_id = {found.id: found for found in reversed(choices)}
    latest = [by_id[command_id] for command_id in recent if command_id in by_id]
    return [*latest, *(found for found in choices if found not in latest)]


def open_palette(screen: MainScreen) -> None:
    """Show the palette and run what is chosen."""
    choices = palette_choices(
        screen.view, screen.recent, screen.context.settings.ui.keymap, ascii_only=screen.context.look.ascii
    )

    async def run(command_id: str | None) -> None:
        if command_id is None:
            return
        kept = [known for known in screen.recent if known != command_id]
        screen.recent = [command_id, *kept][:RECENT_KEPT]
        await screen.run_command(command_id)

    dialog = PickerDialog("Commands", "what do you want to do?", lambda text: narrowed(choices, text))
    app_of(screen).push_screen(dialog, run)


def open_themes(screen: MainScreen) -> None:
    """Show the themes; each is put on while it is looked at, and Esc puts the old one back."""
    app = app_of(screen)
    before = app.theme
    choices = theme_choices(app)

    def put_on(name: str) -> None:
        app.theme = name

    def settle(name: str | None) -> None:
        app.theme = name or before
        if name is not None:
            _keep_theme(screen, name)

    dialog = ThemesDialog(
        "Themes", "name of a theme", lambda text: narrowed(choices, text), looked_at=put_on, at=before
    )
    app.push_screen(dialog, settle)


def _keep_theme(screen: MainScreen, name: str) -> None:
    """Write the theme down for the next start, and say so; a demo keeps nothing."""
    keep = screen.context.keep_setting
    if keep is None:
        screen.footer.flash(f"theme {name} until you leave: nothing is written down here", "success")
        return
    run_in_thread(
        screen,
        lambda: keep("ui.theme", name),
        lambda _: screen.footer.flash(f"theme {name}, also from the next start on", "success"),
        group="keep",
        description="write a setting down",
        failed=lambda words: screen.footer.flash(f"theme {name} for now; {words}", "warning"),
    )


def theme_choices(app: App[object]) -> list[Choice]:
    """List all themes, ours first; the present one is marked."""
    names = sorted(app.available_themes, key=lambda name: (not name.startswith("desk"), name))
    kinds = {name: "dark" if app.available_themes[name].dark else "light" for name in names}
    return [Choice(name, name, f"{kinds[name]}, in use" if name == app.theme else kinds[name]) for name in names]
