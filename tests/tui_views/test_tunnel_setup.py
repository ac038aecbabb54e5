"""The set-up sheet: what it asks for, what it sends to the desk, and that one sees it work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.events import Paste

from booking_tui.domain.tunnel import TunnelState
from booking_tui.ports import TunnelSetup
from booking_tui.services.tunnel_deeds import AS_IT_WAS
from booking_tui.tui import opening
from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog
from booking_tui.tui.dialogs.tunnel_setup_words import pasted_token
from booking_tui.tui.dialogs.way_in import STEPS, WayInDialog
from tests.tui_views.story import HOSTILE, NOW, StillHome, screen_text, settled, to_hooks
from tests.tui_views.test_hostile import drawn, harmful
from tests.tui_views.way_in_story import BLOCKED, NOT_HEARD, OFF, PAGE, SEND_TO, STARTING, UNSET, UP, Outside

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
        (f"/usr/bin/ngrok config add-authtoken {TOKEN}", TOKEN),
        (f"NGROK_AUTHTOKEN={TOKEN}", TOKEN),
        # A line that was wrapped breaks it by a blank: half of it must not be taken for the whole.
        (f"{TOKEN[:30]} {TOKEN[30:]}", f"{TOKEN[:30]} {TOKEN[30:]}"),
        (f"ngrok config add-authtoken {TOKEN[:30]} {TOKEN[30:]}", f"{TOKEN[:30]} {TOKEN[30:]}"),
        (f"export NGROK_AUTHTOKEN='{TOKEN[:30]} {TOKEN[30:]}'", f"{TOKEN[:30]} {TOKEN[30:]}"),
        (f"add-authtoken {TOKEN}", f"add-authtoken {TOKEN}"),
        (f"my token is {TOKEN}", f"my token is {TOKEN}"),
        ("ngrok config add-authtoken", "ngrok config add-authtoken"),
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
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
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
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
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
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        assert outside.desk.asked == [setup]
        assert app.context.settings.tunnel.kind == setup.kind
        outside.become(replace(OFF, since=NOW))
        if setup.kind == "none":
            await settled(pilot, lambda: "Off, as you chose" in screen_text(app))


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("tunnel.domain comes from NGROK_DOMAIN in the environment: change it there", "domain"),
        ("Fixed address: it cannot be “x y”; type the name that ngrok shows", "domain"),
        ("Authtoken: An authtoken has letters, digits and underscores only; copy it once more.", "authtoken"),
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
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        said = words.removeprefix("Fixed address: ").removeprefix("Authtoken: ")
        assert said[1:40] in screen_text(app)
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
        assert "This is the demo: practise here." in screen_text(app)
        assert "one is kept already; empty keeps it" in screen_text(app)
        dialog._inspect.focus()
        await pilot.press("space")
        dialog._button.focus()
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked)
        assert outside.desk.asked[0].inspect
        assert app.context.settings.tunnel.inspect


async def test_a_token_that_a_line_end_broke_is_not_cut(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        dialog._fields["authtoken"].entry.focus()
        await paste(pilot, f"{TOKEN[:30]}\n{TOKEN[30:]}")
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked)
        assert outside.desk.asked[0].authtoken == f"{TOKEN[:30]} {TOKEN[30:]}", "the desk says what is wrong with it"


async def test_what_works_is_shown_by_the_address_that_cal_com_takes(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await paste(pilot, TOKEN)
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        outside.become(replace(UP, since=NOW, moved_from="https://old-owl.ngrok-free.dev"))
        await settled(pilot, lambda: dialog.works and SEND_TO in screen_text(app))
        assert "Cal.com still has another address: enter this one there." in screen_text(app)
        await settled(pilot, lambda: [hint.word for hint in app.main.footer.hints] == ["done"])


async def test_a_failed_try_leads_back_to_what_worked(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        before = app.context.settings
        dialog._fields["domain"].entry.focus()
        await paste(pilot, "not-mine.ngrok-free.dev")
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        outside.become(replace(BLOCKED, since=NOW))
        await settled(pilot, lambda: "Esc goes back to the way in of before" in screen_text(app))
        await pilot.press("x")
        await pilot.press("escape")
        await settled(pilot, lambda: len(outside.desk.asked) == 2)
        assert outside.desk.asked[-1] == AS_IT_WAS
        assert app.context.settings == before


async def failing(pilot, outside: Outside) -> None:
    """Try a way in where there was none, which does not work."""
    dialog = await opened(pilot)
    await paste(pilot, TOKEN)
    await pilot.press("enter")
    await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
    outside.become(replace(BLOCKED, since=NOW))
    await settled(pilot, lambda: "no longer knows" in screen_text(pilot.app))


async def test_what_never_worked_is_taken_back_when_the_sheet_is_left(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await to_hooks(pilot)
        before = app.context.settings
        await failing(pilot, outside)
        assert "Esc takes it back" in screen_text(app)
        assert app.context.settings != before
        await pilot.press("escape")
        await settled(pilot, lambda: len(outside.desk.asked) == 2)
        assert outside.desk.asked[-1] == AS_IT_WAS
        assert app.context.settings == before


async def test_what_does_not_work_yet_can_be_kept(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await failing(pilot, outside)
        sheet = app.screen
        assert "keep it" in screen_text(app)
        await pilot.press("K")
        await settled(pilot, lambda: app.screen is not sheet)
        assert len(outside.desk.asked) == 1


async def test_in_a_field_a_letter_is_a_letter_and_backspace_goes_there_too(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await failing(pilot, outside)
        dialog = app.screen
        assert isinstance(dialog, TunnelSetupDialog)
        assert "keep it" in screen_text(app)
        entry = dialog.first_entry
        assert entry is not None
        before = entry.value
        dialog._button.focus()
        await pilot.press("backspace")
        assert (dialog.focused, entry.value) == (entry, before[:-1])
        await settled(pilot, lambda: "keep it" not in screen_text(app))
        await pilot.press("K")
        assert entry.value == f"{before[:-1]}K"
        dialog._button.focus()
        await settled(pilot, lambda: "keep it" in screen_text(app))


async def test_only_the_first_try_of_a_sheet_says_that_it_is_the_first(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        outside.desk.refusal = "config.toml cannot be written"
        dialog._button.focus()
        await pilot.press("enter")
        await settled(pilot, lambda: len(outside.desk.asked) == 1 and not dialog.trying.writing)
        outside.desk.refusal = None
        for count in (2, 3):
            await settled(pilot, lambda: not dialog._button.has_class("-active"))
            await pilot.press("enter")
            await settled(pilot, lambda count=count: len(outside.desk.asked) == count and not dialog.trying.writing)
        assert [setup.first for setup in outside.desk.asked] == [True, True, False], "what was refused is no try"


@pytest.mark.parametrize("focus", ["_options", "_button"])
async def test_what_is_typed_beside_the_fields_goes_into_the_first(empty_home: StillHome, focus: str) -> None:
    app = Outside(empty_home, UNSET).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("down", "down")
        getattr(dialog, focus).focus()
        await pilot.press(*"y wK", "space", "j")
        await settled(pilot, lambda: dialog._fields["command"].value == "y wK j")
        dialog._options.focus()
        await pilot.press("down")
        await pilot.press("x")
        assert dialog._options.has_focus, "None has no field"


async def test_enter_on_a_kind_says_what_it_still_needs(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: "paste your authtoken first" in screen_text(app))
        assert dialog._fields["authtoken"].entry.has_focus
        assert outside.desk.asked == []


async def test_a_port_that_is_taken_is_said_at_once(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await paste(pilot, TOKEN)
        outside.status = NOT_HEARD
        await pilot.press("enter")
        await settled(pilot, lambda: "Port 8377 is taken by another program" in screen_text(app))
        assert "Being opened" not in screen_text(app)


async def test_none_offers_no_address_once_it_is_done(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("down", "down", "down", "enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        outside.become(replace(OFF, since=NOW))
        await settled(pilot, lambda: dialog.works)
        assert "four steps" not in screen_text(app)
        await pilot.press("w")
        await pilot.pause()
        assert app.screen is dialog


async def test_a_kept_token_is_known_whatever_the_kind_and_once_it_is_saved(empty_home: StillHome) -> None:
    origins = empty_home.settings.origins
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        assert "one is kept already" not in screen_text(app)
        await paste(pilot, TOKEN)
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        assert "one is kept already (tunnel/ngrok.yml); empty keeps it" in screen_text(app)
        assert "tunnel.authtoken" not in origins


async def test_without_a_browser_the_page_is_shown_whole(
    empty_home: StillHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_has_browser", lambda: False)
    app = Outside(empty_home, UP).app()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await opened(pilot)
        await pilot.press("ctrl+o")
        await pilot.pause()
        dialog._flash()
        await pilot.pause()
        shown = "".join(line.strip("│ ") for line in screen_text(app).splitlines())
        assert PAGE.replace(" ", "") in shown.replace(" ", "")


async def test_the_demo_refuses_in_neutral_words(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    outside.desk.refusal = "the demo stops here"
    app = outside.app(demo=True)
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        dialog._button.focus()
        await pilot.press("enter")
        await settled(pilot, lambda: "the demo stops here" in screen_text(app))
        assert "error" not in str(dialog._going.content.markup)


async def test_strangers_text_does_no_harm(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    outside.desk.refusal = HOSTILE.replace("\ud800", "")  # the log of the test run takes no lone surrogate
    app = outside.app()
    async with app.run_test(size=(60, 20)) as pilot:
        dialog = await opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: outside.desk.asked and not dialog.trying.writing)
        assert harmful(drawn(app)) == []
        outside.desk.refusal = None
        dialog._button.focus()
        await pilot.press("enter")
        evil = replace(BLOCKED.problem, what=HOSTILE, do=HOSTILE, page=HOSTILE)
        await settled(pilot, lambda: not dialog.trying.writing)
        outside.become(replace(BLOCKED, since=NOW, problem=evil, state=TunnelState.RETRYING))
        await pilot.pause()
        assert harmful(drawn(app)) == []
