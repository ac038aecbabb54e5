"""How Mail looks, at the sizes it was drawn for."""

from __future__ import annotations

import sys

import pytest
from textual.widgets import TextArea

from booking_tui.domain.mail.email import EmailState
from tests.tui_views.mail_story import MailHome, go_to_mail, stands_on, to_mail
from tests.tui_views.story import quiet, settled

SIZES = {"wide": (120, 36), "narrow": (80, 24)}
STATES = ("failed", "empty", "not-set-up", "busy", "held", "marked", "editing", "tries", "changes", "planned")
pytestmark = [
    pytest.mark.snapshot,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="pictures are compared on one Python only"),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_mail_looks_as_it_did(
    post: MailHome, quiet_post: MailHome, mails: dict[str, str], snap_compare, size: str, state: str
) -> None:
    home = quiet_post if state in {"empty", "not-set-up"} else post
    home.ready = state != "not-set-up"

    async def rest(pilot) -> None:
        view = await to_mail(pilot)
        if state == "busy":
            await pilot.press("e", "enter")
            await settled(pilot, lambda: "u stops it" in (pilot.app.main.footer.news or ""))
            await settled(pilot, lambda: view.row is not None and view.row.id != mails["slip"])
            await stands_on(pilot, view)
        elif state == "held":
            await pilot.press("S")
            await settled(pilot, lambda: view.stand.display)
            pilot.app.main.footer.calm()
        elif state == "marked":
            await pilot.press("w", *"perhaps", "enter")
            await settled(pilot, lambda: view.table.total == 2)
            await pilot.press("asterisk")
            await settled(pilot, lambda: len(view.table.marks) == 2)
            await stands_on(pilot, view)
            pilot.app.main.footer.calm()
        elif state == "editing":
            await pilot.press("e")
            await settled(pilot, lambda: pilot.app.screen.query("#words") and pilot.app.screen.query_one(TextArea).text)
        elif state == "tries":
            go_to_mail(view, mails["dead"])
            await stands_on(pilot, view, mails["dead"])
            await pilot.press("h")
        elif state == "changes":
            await pilot.press("e", "enter")
            await settled(pilot, lambda: home.mail("bk-fay-nguyen").revision == 2)
            new = home.mail("bk-fay-nguyen")
            view.show_target(new.id)
            await stands_on(pilot, view, new.id)
            view.side.letter.text.focus()
            view.side.tab = "Changes"
            view.show_side()
            pilot.app.main.footer.calm()
            view.grace.end()
        elif state == "planned":
            view.show_target("planned")
            await settled(pilot, lambda: view.row is not None and view.row.state is EmailState.SCHEDULED)
            await stands_on(pilot, view)
        await quiet(pilot)

    assert snap_compare(home.app(), terminal_size=SIZES[size], run_before=rest)
