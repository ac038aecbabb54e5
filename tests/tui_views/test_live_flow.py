"""Showing webhooks on this machine, key by key: a real engine, a real listener, real HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.paths import Home
from booking_tui.settings import demo_settings
from booking_tui.tui import editing
from booking_tui.tui.dialogs.catalogue import CatalogueDialog
from booking_tui.tui.dialogs.resend import ResendDialog
from booking_tui.tui.views.hooks import HooksView
from booking_tui.wiring.screens import open_dashboard
from tests.tui_views.story import SECRET, ZONE, pane_text, screen_text, settled


async def test_from_the_catalogue_to_its_effect_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    home.ensure()
    settings = demo_settings(secret=SECRET, zone=ZONE, environ={})
    with open_dashboard(home, settings) as app:
        async with app.run_test(size=(104, 30)) as pilot:
            await pilot.press("4")
            view = app.screen.query_one(HooksView)
            await settled(pilot, lambda: view.table.total == 0)
            await settled(pilot, lambda: "http://127.0.0.1" in screen_text(app))
            # t: a story from the catalogue, signed; its row comes on top and is shown.
            await pilot.press("t")
            assert isinstance(app.screen, CatalogueDialog)
            assert len(app.context.stories()) > 20
            await pilot.press("enter")
            await settled(pilot, lambda: view.reading is not None and view.reading.event.state is EventState.PROCESSED)
            first = view.reading
            assert first is not None
            assert first.event.test
            assert first.event.verdict is Verdict.VALID
            assert "Signed and applied" in screen_text(app)
            # the tab Effects lists what it changed
            while view.payload.tab != "Effects":
                await pilot.press("greater_than_sign")
            await pilot.pause()
            assert "booked for" in pane_text(view.payload.shown)
            # t again: the story chosen last, badly signed; refused, with the reason in words
            await pilot.press("t", "right", "enter")
            await settled(pilot, lambda: view.reading is not None and view.reading.event.verdict is Verdict.INVALID)
            assert "a wrong signature on purpose" in " ".join(pane_text(view.why.text).split())
            # r: the same bytes against the same secrets are refused again
            refused = view.reading
            assert refused is not None
            await pilot.press("r")
            await settled(pilot, lambda: view.reading is not None and view.reading.event.replay_of == refused.event.id)
            # e: edited, signed anew, accepted
            monkeypatch.setattr(
                editing, "edit_text", lambda app, text, suffix: text.replace('"uid": "', '"uid": "again-')
            )
            await pilot.press("e")
            await pilot.pause()
            assert isinstance(app.screen, ResendDialog)
            await pilot.press("enter")
            await settled(
                pilot,
                lambda: (
                    view.reading is not None
                    and view.reading.event.verdict is Verdict.VALID
                    and view.reading.event.id != first.event.id
                ),
            )
            await settled(pilot, lambda: view.reading is not None and view.reading.event.state is EventState.PROCESSED)
            assert view.reading is not None
            assert view.reading.event.test
            assert view.drafts == {}
            # sent as it is, the old signature does not fit
            await pilot.press("e")
            await pilot.pause()
            await pilot.press("left", "enter")
            await settled(pilot, lambda: "401" in (app.main.footer.news or ""))
            # P holds the list still while another comes
            await settled(pilot, lambda: view.table.following)
            await pilot.press("P", "t", "left", "left", "enter")
            await settled(pilot, lambda: view.table.new_above > 0)
            await pilot.press("P")
            await settled(pilot, lambda: view.table.following)
            assert view.table.total is not None
            assert view.table.total >= 6
