"""The keys of the way-in sheet: which there are on each page, and why one of them cannot be used now."""

from __future__ import annotations

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.services.tunnel_words import moved, not_set_up
from booking_tui.tui.dialogs.way_in_lines import WayInScene
from booking_tui.tui.way_in_words import not_listening
from booking_tui.tui.widgets.key_line import SheetKey

STATE, STEPS = "state", "steps"


def offered(page: str, scene: WayInScene, *, testing: bool) -> tuple[SheetKey, ...]:
    """Give the keys of a page, each with why it cannot be used now."""
    copy = SheetKey("y", "copy", "copy", "copy", None if scene.url else "there is no address yet")
    set_up = SheetKey("s", "set up", "set up", "set_up")
    if page == STEPS:
        none = None if scene.secret_from else "no secret is set: the welcome sheet makes one"
        return (
            copy._replace(word="copy address", brief="address"),
            SheetKey("Y", "copy secret", "secret", "secret", none),
            SheetKey("o", "open cal.com", "cal.com", "browse"),
            set_up,
            SheetKey("w", "how it is doing", "now", "turn"),
        )
    done = SheetKey("d", "done at cal.com", "done", "known")
    settled = (done,) if scene.status is not None and moved(scene.status) else ()
    opens, off = page_of(scene)
    word = "inspector" if scene.status is not None and opens and opens == scene.status.inspector else "open page"
    return (
        copy,
        *settled,
        SheetKey("t", "test now", "test", "test", _no_test(scene, testing=testing)),
        SheetKey("R", "open anew", "anew", "anew", _no_restart(scene)),
        set_up,
        SheetKey("o", word if opens else "inspector", "open", "browse", off),
        SheetKey("w", "four steps", "steps", "turn"),
    )


def _no_test(scene: WayInScene, *, testing: bool) -> str | None:
    if testing:
        return "a test is on its way"
    if scene.status is None:
        return _no_engine(scene)
    return None if scene.status.url else "there is no address from outside to test"


def standing(status: TunnelStatus | None) -> tuple[object, ...]:
    """Give what makes news old when it changes."""
    return () if status is None else (status.state, status.url, status.problem)


def _no_engine(scene: WayInScene) -> str:
    return "the process that does the work does not answer" if scene.attached else "nothing listens on this home"


def _no_restart(scene: WayInScene) -> str | None:
    status = scene.status
    if status is None:
        return _no_engine(scene)
    if not_listening(status):
        return "nothing listens yet: that is tried again by itself"
    if status.state is TunnelState.OFF or not_set_up(status):
        return "there is nothing to open yet: s sets it up"
    return None


def page_of(scene: WayInScene) -> tuple[str | None, str | None]:
    """Give the page to open: the problem's, or else the inspector; without one, why there is none."""
    status = scene.status
    if status is None:
        return None, _no_engine(scene)
    page = (status.problem.page if status.problem is not None else None) or status.inspector
    if page is not None:
        return page, None
    if status.kind == "ngrok" and scene.inspect and status.url is None:
        return None, "the inspector opens together with the way in"
    if status.kind == "ngrok":
        return None, "the inspector is off: s can switch it on"
    return None, "only ngrok's agent has an inspector"
