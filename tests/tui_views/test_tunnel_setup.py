"""The set-up sheet: what it asks for, what it sends to the desk, and that one sees it work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.events import Paste

from booking_tui.domain.tunnel import TunnelState
from booking_tui.ports import TunnelSetup
from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog
from booking_tui.tui.dialogs.tunnel_setup_words import pasted_token
from booking_tui.tui.dialogs.way_in import STEPS, WayInDialog
from tests.tui_views.story import HOSTILE, NOW, StillHome, screen_text, settled, to_hooks
from tests.tui_views.test_hostile import drawn, harmful
from tests.tui_views.way_in_story import BLOCKED, OFF, SEND_TO, STARTING, UNSET, UP, Outside

WIDE = (120, 36)
TOKEN = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ_0123456789abcdefghijk"


async def paste(pilot, text: str) -> None:
    """Put text in at once where the cursor stands, as a terminal does."""
    if text:
        pilot.app.screen.focused.post_message(Paste(text))
        await pilot.pause()


async def opened(pilot) -> TunnelSetupDialog:
    await to_hooks(pilot)
    await pilot.press("i", "s")
    await pilot.pause()
    dialog = pilot.app.screen
    assert isinstance(dialog, TunnelSetupDialog)
    return dialog


@pytest.mark.parametrize(
    ("pasted", "token"),
    [
        (TOKEN, TOKEN),
        (f"  {TOKEN}\n", TOKEN),
        (f"ngrok config add-authtoken {TOKEN}", TOKEN),
        (f"$ ngrok config add-authtoken {TOKEN} --log stdout", TOKEN),
        (f"export NGROK_AUTHTOKEN='{TOKEN}'", TOKEN),
        (f"authtoken: {TOKEN}", TOKEN),
        ("ngrok config add-authtoken", "add-authtoken"),
        ("   ", ""),
    ],
)
def test_what_is_pasted_is_understood(pasted: str, token: str) -> None:
    assert pasted_token(pasted) == token


async def test_a_token_is_pasted_tried_and_seen_to_work(empty_home: StillHome, copied: list[str]) -> None:
    outside = Outside(empty_home, UNSET)
    outside.desk.then = UNSET
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        outside.desk.began = lambda: setattr(outside, "status", replace(STARTING, since=NOW))
        await pilot.press("enter")
        await paste(pilot, f"ngrok config add-authtoken {TOKEN}")
        assert TOKEN not in drawn(app)
        await pilot.press("enter")
        await settled(pilot, lambda: "Being opened, 0 s" in screen_text(app))
        setup = TunnelSetup("ngrok", authtoken=TOKEN, domain="", public_url=None, command=None, inspect=False)
        assert outside.desk.asked == [setup]
        assert dialog._fields["authtoken"].value == ""
        outside.become(replace(UP, since=NOW))
        await settled(pilot, lambda: dialog.works)
        text = screen_text(app)
        assert "It works: a request went out and came back in 143 ms." in text
        assert "Done" in text
        await pilot.press("y")
        assert copied == [SEND_TO]
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, WayInDialog)
        assert app.screen.page == STEPS


async def test_what_is_pasted_beside_the_fields_goes_into_the_first(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await paste(pilot, TOKEN)
        await pilot.pause()
        assert dialog._fields["authtoken"].value == TOKEN
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked)
        assert outside.desk.asked[0].authtoken == TOKEN


async def test_a_state_of_before_is_not_taken_for_the_new_one(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog._writing)
        assert not dialog.works
        assert "Being opened" in screen_text(app)
        empty_home.clock.instant = NOW + timedelta(seconds=5)
        dialog.look()
        assert dialog.works, "what does not change within some seconds is what it is"
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is not dialog


async def test_a_problem_is_said_with_what_helps_and_typing_begins_anew(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter", *"abc", "enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog._writing)
        outside.become(replace(BLOCKED, since=NOW))
        await settled(pilot, lambda: "ngrok no longer knows this authtoken" in screen_text(app))
        assert "ctrl+o opens https://dashboard.ngrok.com" in screen_text(app)
        dialog._fields["authtoken"].entry.focus()
        await pilot.press("x")
        await pilot.pause()
        assert "ngrok no longer knows" not in screen_text(app)


async def test_what_is_missing_is_asked_for_before_anything_is_written(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert "paste your authtoken first" in screen_text(app)
        dialog._options.focus()
        await pilot.press("down", "enter", "enter")
        await pilot.pause()
        assert "type the address first" in screen_text(app)
        dialog._options.focus()
        await pilot.press("down", "enter", "enter")
        await pilot.pause()
        assert "type the command first" in screen_text(app)
        assert outside.desk.asked == []


@pytest.mark.parametrize(
    ("downs", "typed", "setup"),
    [
        (1, "https://hooks.example.com", TunnelSetup("url", public_url="https://hooks.example.com")),
        (2, "cloudflared tunnel", TunnelSetup("command", command="cloudflared tunnel")),
        (3, "", TunnelSetup("none")),
    ],
)
async def test_other_ways_in_can_be_chosen(empty_home: StillHome, downs: int, typed: str, setup: TunnelSetup) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await opened(pilot)
        await pilot.press(*["down"] * downs, "enter")
        if typed:
            await paste(pilot, typed)
            await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog._writing)
        assert outside.desk.asked == [setup]
        assert app.context.settings.tunnel.kind == setup.kind
        outside.become(replace(OFF, since=NOW))
        if setup.kind == "none":
            await settled(pilot, lambda: "Off, as you chose" in screen_text(app))


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("tunnel.domain cannot be “x y”: it has a blank; allowed is a host name", "domain"),
        ("An authtoken has letters, digits and underscores only; copy it once more.", "authtoken"),
        ("config.toml cannot be read, so nothing is written to it", None),
    ],
)
async def test_a_refusal_stands_at_its_field(empty_home: StillHome, words: str, field: str | None) -> None:
    outside = Outside(empty_home, UP)
    outside.desk.refusal = words
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter", "enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog._writing)
        assert words[:40] in screen_text(app)
        wrong = [name for name, known in dialog._fields.items() if known._hint.has_class("-wrong")]
        assert wrong == ([] if field is None else [field])
        assert field is None or dialog._fields[field].entry.has_focus


async def test_without_an_engine_it_says_that_it_is_written(empty_home: StillHome) -> None:
    outside = Outside(empty_home, None)
    outside.desk.then = None
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: dialog.works)
        assert "as soon as booking-tui runs" in screen_text(app)


async def test_the_inspector_is_ticked_and_the_demo_says_what_it_is(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    app = outside.app(demo=True)
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        assert "a stand-in plays the way in" in screen_text(app)
        assert "one is kept already; empty keeps it" in screen_text(app)
        dialog._inspect.focus()
        await pilot.press("space")
        dialog._button.focus()
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked)
        assert outside.desk.asked[0].inspect
        assert app.context.settings.tunnel.inspect


async def test_strangers_text_does_no_harm(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    outside.desk.refusal = HOSTILE.replace("\ud800", "")  # the log of the test run takes no lone surrogate
    app = outside.app()
    async with app.run_test(size=(60, 20)) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog._writing)
        assert harmful(drawn(app)) == []
        outside.desk.refusal = None
        dialog._button.focus()
        await pilot.press("enter")
        evil = replace(BLOCKED.problem, what=HOSTILE, do=HOSTILE, page=HOSTILE)
        await settled(pilot, lambda: not dialog._writing)
        outside.become(replace(BLOCKED, since=NOW, problem=evil, state=TunnelState.RETRYING))
        await pilot.pause()
        assert harmful(drawn(app)) == []
