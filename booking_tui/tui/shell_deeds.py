"""What the frame's own commands do. Dialogs are imported when they are first wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from booking_tui.tui.views.hosting import app_of

if TYPE_CHECKING:
    from booking_tui.tui.app import BookingApp
    from booking_tui.tui.main_screen import MainScreen


def _to(name: str) -> Callable[[MainScreen], Awaitable[None]]:
    async def go(screen: MainScreen) -> None:
        await screen.show_view(name)

    return go


async def jump(screen: MainScreen) -> None:
    """Light a letter on every place."""
    from booking_tui.tui.dialogs.jump import open_jump

    open_jump(screen)


async def find(screen: MainScreen) -> None:
    """Search everything."""
    from booking_tui.tui.dialogs.find import open_find

    open_find(screen)


async def palette(screen: MainScreen) -> None:
    """List all commands."""
    from booking_tui.tui.dialogs.palette import open_palette

    open_palette(screen)


async def show_help(screen: MainScreen) -> None:
    """Explain the pane with the focus."""
    from booking_tui.tui.dialogs.help import HelpDialog

    app_of(screen).push_screen(
        HelpDialog(screen.view, screen.context.settings.ui.keymap, ascii_only=screen.context.look.ascii)
    )


async def worst(screen: MainScreen) -> None:
    """Go to the lamp that most needs a look."""
    from booking_tui.tui import status

    lamp = status.worst(screen.strip.lamps)
    if lamp is not None:
        await screen.show_lamp(lamp.key)
        return
    from booking_tui.tui.views.today import TodayView

    today = next((view for view in screen.views if isinstance(view, TodayView)), None)
    if today is not None and (waiting := len(today.needs.shown)):
        await screen.show_view("today")
        today.show_needs()
        screen.footer.flash(f"all lamps are well; {waiting} under Needs you", "plain")
    else:
        screen.footer.flash("all lamps are well, and nothing needs you", "success")


async def privacy(screen: MainScreen) -> None:
    """Show initials instead of names, or names again."""
    look = screen.context.look
    look.privacy = not look.privacy
    screen.look_changed()
    screen.footer.flash("names are hidden; H shows them again" if look.privacy else "names are shown", "plain")


async def theme(screen: MainScreen) -> None:
    """Choose colours."""
    from booking_tui.tui.dialogs.palette import open_themes

    open_themes(screen)


async def plain_signs(screen: MainScreen) -> None:
    """Use ASCII only, or the fuller set."""
    look = screen.context.look
    look.ascii = not look.ascii
    screen.look_changed()
    screen.footer.flash("plain ASCII signs" if look.ascii else "the fuller set of signs", "plain")


async def compact(screen: MainScreen) -> None:
    """Leave out what only gives air."""
    look = screen.context.look
    look.compact = not look.compact
    screen.look_changed()
    words = "compact: the week's load and the box below the panes are left out"
    screen.footer.flash(words if look.compact else "compact only where there are few rows", "plain")


async def welcome(screen: MainScreen) -> None:
    """Show the first steps."""
    cast("BookingApp", app_of(screen)).show_welcome()


async def steps(screen: MainScreen) -> None:
    """Show the four steps at Cal.com."""
    from booking_tui.tui.dialogs.way_in import STEPS, WayInDialog

    app_of(screen).push_screen(WayInDialog(screen.context, STEPS))


async def tunnel(screen: MainScreen) -> None:
    """Set up the way in from outside; afterwards perhaps go on to the four steps."""
    from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog

    async def go_on(answer: str | None) -> None:
        if answer is not None:
            await steps(screen)

    app_of(screen).push_screen(TunnelSetupDialog(screen.context), go_on)


async def refresh(screen: MainScreen) -> None:
    """Read everything anew."""
    from booking_tui.services.facts import REFRESH, Fact

    screen.facts_arrived([Fact(REFRESH, "", screen.context.clock.now())])
    screen.footer.flash("read again", "success")


async def leave(screen: MainScreen) -> None:
    """End the dashboard."""
    app_of(screen).exit()


DEEDS: dict[str, Callable[[MainScreen], Awaitable[None]]] = {
    "app.today": _to("today"),
    "app.bookings": _to("bookings"),
    "app.hooks": _to("hooks"),
    "app.mail": _to("mail"),
    "app.jump": jump,
    "app.find": find,
    "app.palette": palette,
    "app.help": show_help,
    "app.worst": worst,
    "app.privacy": privacy,
    "app.theme": theme,
    "app.ascii": plain_signs,
    "app.compact": compact,
    "app.welcome": welcome,
    "app.steps": steps,
    "app.tunnel": tunnel,
    "app.refresh": refresh,
    "app.quit": leave,
}
