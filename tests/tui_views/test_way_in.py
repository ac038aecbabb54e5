"""The sheet of the way in: every state in words, live, with its keys; and the four steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_tui.domain.tunnel import SelfTest, TunnelProblem, TunnelState
from booking_tui.services.tunnel_deeds import CALCOM_KNOWS
from booking_tui.tui import opening
from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog
from booking_tui.tui.dialogs.way_in import STEPS, WayInDialog
from booking_tui.tui.views.today_agenda import first_steps_lines
from tests.tui_views.story import HOSTILE, NOW, SECRET, URL, StillHome, pane_text, screen_text, settled, to_hooks
from tests.tui_views.test_hostile import drawn, harmful
from tests.tui_views.way_in_story import (
    BLOCKED,
    LOST,
    MOVED,
    NOT_HEARD,
    OFF,
    OUTAGE,
    PAGE,
    PROVING,
    PUBLIC,
    RETRYING,
    SEND_TO,
    SILENT,
    STARTING,
    UNSET,
    UP,
    Outside,
    way,
)

WIDE = (120, 36)


async def opened(pilot) -> WayInDialog:
    await to_hooks(pilot)
    await pilot.press("i")
    dialog = pilot.app.screen
    assert isinstance(dialog, WayInDialog)
    await settled(pilot, lambda: dialog._text.lines)
    return dialog


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (UP, ("Up for 3 h 12 min", SEND_TO, "came back in 143 ms", "4 min ago", "1,204 of 20,000", "Inspector off")),
        (UNSET, ("Not set up yet", "Set it up with your authtoken", f"{URL} this machine only")),
        (
            BLOCKED,
            ("Down for 3 min, until you", "ERR_NGROK_107", "Copy your authtoken", PAGE, "did not answer in time"),
        ),
        (RETRYING, ("Down for 1 min, tried again by itself in 12 s", "port 443", "Restarts once")),
        (STARTING, ("Being opened for 4 s",)),
        (PROVING, ("Open for 4 s, and being tried out", SEND_TO)),
        (SILENT, ("Open, but it has not answered for 2 min",)),
        (LOST, ("Cut off for 8 s; it reconnects by itself",)),
        (OFF, ("Off: only this machine", "s sets a way in up", "none, this machine only")),
        (None, ("Nothing listens on this home yet",)),
        (NOT_HEARD, ("Not listening for 2 min, tried again by itself in 2 s", "Port 8377 is taken by another program")),
        (
            MOVED,
            (
                "Up, but the address changed 2 min ago: enter the new one at Cal.com.",
                "y copies the new address",
                "Before https://old-owl.ngrok-free.dev/webhooks/calcom",
                "nothing has come in through it yet; by another address 4 min ago",
            ),
        ),
        (
            OUTAGE,
            (
                "Down for 1 h, tried again by itself in 12 s",
                f"{SEND_TO} down just now",
                "the last one came back in 143 ms 40 s ago, before this",
            ),
        ),
        (replace(OUTAGE, state=TunnelState.STARTING, next_try_at=None), ("Down for 1 h, being tried again now.",)),
        (
            replace(UP, last_delivery_at=None, self_test=SelfTest(NOW, 9.0, marked=False), kind="url"),
            ("cannot be told apart here", "X-Forwarded-For"),
        ),
        (replace(UP, requests_this_month=1), (f"This month {'·' * 20} 1 of 20,000",)),
    ],
    ids=[
        *("up", "unset", "blocked", "retrying", "starting", "proving", "silent", "lost", "off", "none"),
        *("not-heard", "moved", "outage", "again", "unmarked", "first-request"),
    ],
)
async def test_every_state_is_said_in_words(empty_home: StillHome, status, said) -> None:
    app = Outside(empty_home, status).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        text = pane_text(dialog._text)
        for words in said:
            assert words in text


async def test_it_follows_what_happens_while_it_is_open(empty_home: StillHome) -> None:
    outside = Outside(empty_home, STARTING)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        outside.become(UP)
        await settled(pilot, lambda: "Up for" in pane_text(dialog._text))
        empty_home.clock.instant = NOW + timedelta(minutes=1)
        dialog.look()
        assert "Up for 3 h 13 min" in pane_text(dialog._text)


async def test_a_test_is_sent_and_its_result_shown(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    outside.desk.then = replace(UP, self_test=SelfTest(NOW, 88.0))
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("t")
        await settled(pilot, lambda: "it came back in 88 ms" in screen_text(app))
        outside.desk.then = replace(UP, self_test=SelfTest(NOW, None, "Nothing answers there."))
        await pilot.press("t")
        await settled(pilot, lambda: "Nothing answers there." in screen_text(app))
        outside.desk.then = UP
        await pilot.press("t")
        await settled(pilot, lambda: "could not be tested just now" in screen_text(app))
        assert outside.desk.asked == ["test", "test", "test"]


async def test_opening_anew_and_what_refuses_it(empty_home: StillHome) -> None:
    outside = Outside(empty_home, BLOCKED)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("R")
        await settled(pilot, lambda: "opening it anew" in screen_text(app))
        outside.desk.refusal = "no engine runs on this home"
        await pilot.press("R")
        await settled(pilot, lambda: "no engine runs on this home" in screen_text(app))
        assert outside.desk.asked == ["restart", "restart"]


@pytest.mark.parametrize(
    ("status", "key", "words"),
    [
        (UNSET, "t", "there is no address from outside to test"),
        (UNSET, "R", "there is nothing to open yet: s sets it up"),
        (None, "t", "nothing listens on this home"),
        (UP, "o", "the inspector is off: s can switch it on"),
        (replace(UP, kind="url"), "o", "only ngrok's agent has an inspector"),
    ],
)
async def test_keys_that_cannot_be_used_say_why(empty_home: StillHome, status, key: str, words: str) -> None:
    outside = Outside(empty_home, status)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert words in screen_text(app)
        assert outside.desk.asked == []


async def test_the_address_the_inspector_and_the_page_are_at_hand(
    empty_home: StillHome, copied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_has_browser", lambda: True)
    visited: list[str] = []
    outside = Outside(empty_home, replace(UP, inspector="http://127.0.0.1:4040"))
    app = outside.app()
    monkeypatch.setattr(app, "open_url", visited.append)
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        assert "on, at http://127.0.0.1:4040" in pane_text(dialog._text)
        await pilot.press("y", "o")
        outside.become(BLOCKED)
        await settled(pilot, lambda: "ERR_NGROK_107" in pane_text(dialog._text))
        await pilot.press("o", "w", "o")
        await pilot.pause()
    assert copied == [SEND_TO]
    assert visited == ["http://127.0.0.1:4040", PAGE, "https://app.cal.com/settings/developer/webhooks"]


async def test_the_four_steps_copy_the_right_things_and_never_show_the_secret(
    empty_home: StillHome, copied: list[str]
) -> None:
    app = Outside(empty_home, replace(UP, last_delivery_at=None)).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("w")
        await settled(pilot, lambda: dialog.page == STEPS)
        text = pane_text(dialog._text)
        for words in (SEND_TO, "Settings, Developer, Webhooks, New", "Triggers to tick", "created, requested", "Ping"):
            assert words in text
        for key in ("y", "Y"):
            await pilot.press(key)
            await pilot.pause()
            assert SECRET not in drawn(app)
        assert copied == [SEND_TO, SECRET]


async def test_the_four_steps_say_what_is_missing(empty_home: StillHome) -> None:
    empty_home.settings = empty_home.settings.with_values("calcom", webhook_secrets=())
    app = Outside(empty_home, UNSET).app()
    async with app.run_test(size=WIDE) as pilot:
        await to_hooks(pilot)
        await app.main.run_command("app.steps")
        dialog = app.screen
        assert isinstance(dialog, WayInDialog)
        await settled(pilot, lambda: dialog._text.lines)
        text = pane_text(dialog._text)
        assert "Cal.com cannot reach this machine yet: s sets the way in up" in text
        assert "None is set" in text
        await pilot.press("Y")
        await pilot.pause()
        assert "no secret is set" in screen_text(app)
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, TunnelSetupDialog)


async def test_a_click_on_a_key_is_a_press(empty_home: StillHome) -> None:
    app = Outside(empty_home, UP).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        spot = dialog._keys.spot_of("turn")
        assert spot is not None
        await pilot.click(dialog._keys, offset=(spot, 0))
        await pilot.pause()
        assert dialog.page == STEPS
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.main


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (UP, "✓ It works: the last delivery came through 4 min ago."),
        (replace(UP, known_here=False), "○ Then press Ping test there: it appears here at once, signed."),
        (replace(UP, last_delivery_at=None), "○ Then press Ping test there: it appears here at once, signed."),
        (MOVED, "▲ Cal.com has another address: enter this one, save, and press Ping test there."),
        (OUTAGE, "▲ Down just now, so nothing comes in: w says why."),
        (SILENT, "▲ Down just now, so nothing comes in: w says why."),
        (replace(STARTING, last_url=PUBLIC), "◌ It is just being opened; once it is up: press Ping test there."),
        (UNSET, "○ Once the way in stands: press Ping test there."),
        (NOT_HEARD, "○ Once the way in stands: press Ping test there."),
    ],
    ids=["up", "another-sender", "waiting", "moved", "outage", "silent", "starting", "unset", "not-heard"],
)
async def test_the_last_of_the_four_steps_follows_the_state_first(empty_home: StillHome, status, said: str) -> None:
    app = Outside(empty_home, status).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("w")
        await pilot.pause()
        text = pane_text(dialog._text)
        assert said in text
        assert ("It works" in text) == (status is UP)


async def test_the_four_steps_keep_the_last_address_while_it_is_down(empty_home: StillHome, copied: list[str]) -> None:
    app = Outside(empty_home, OUTAGE).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("w", "y")
        await pilot.pause()
        assert f"{SEND_TO} down just now" in pane_text(dialog._text)
        assert "s sets the way in up" not in pane_text(dialog._text)
        assert "it does not lead here just now" in screen_text(app)
        assert copied == [SEND_TO]


async def test_the_last_of_the_four_steps_is_on_the_screen_where_it_is_small(empty_home: StillHome) -> None:
    app = Outside(empty_home, UP).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("w")
        await pilot.pause()
        text = screen_text(app)
        assert "It works: the last delivery" in text
        assert "Custom payload template" in text


async def test_a_persons_word_settles_a_changed_address(empty_home: StillHome) -> None:
    outside = Outside(empty_home, MOVED)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        assert "d done" in screen_text(app)
        await pilot.press("d")
        await settled(pilot, lambda: outside.desk.asked)
        assert outside.desk.asked == [CALCOM_KNOWS]
        await settled(pilot, lambda: "noted: Cal.com sends to this address" in screen_text(app))
        outside.become(UP)
        await settled(pilot, lambda: "d done" not in screen_text(app))
        await pilot.press("d")
        await pilot.pause()
        assert outside.desk.asked == [CALCOM_KNOWS]


async def test_a_changed_address_needs_you_on_today(empty_home: StillHome) -> None:
    app = Outside(empty_home, MOVED).app()
    async with app.run_test(size=WIDE) as pilot:
        needs = app.main.view.needs
        await settled(pilot, lambda: needs.shown)
        assert needs.shown[0].text.startswith("tunnel address changed: Cal.com still has old-owl.ngrok-free.dev")
        assert needs.shown[0].at == NOW - timedelta(minutes=2)
        assert "▲ tunnel address changed 2 min" in screen_text(app)


async def test_news_ends_with_what_it_was_about(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UP)
    outside.desk.then = replace(UP, self_test=SelfTest(NOW, 88.0))
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("t")
        await settled(pilot, lambda: "it came back in 88 ms" in screen_text(app))
        outside.become(OUTAGE)
        await settled(pilot, lambda: "Down for" in screen_text(app))
        assert "it came back in 88 ms" not in screen_text(app)
        await pilot.press("y")
        await pilot.pause()
        assert "copied" in screen_text(app)
        assert dialog._news_timer is not None
        dialog._calm()
        await pilot.pause()
        assert "copied" not in screen_text(app)


async def test_coming_back_from_the_set_up_there_is_no_old_news(empty_home: StillHome) -> None:
    app = Outside(empty_home, UP).app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert "copied" in screen_text(app)
        await pilot.press("s")
        await pilot.pause()
        assert "The way in ·" not in screen_text(app), "the lower sheet steps back behind the upper one"
        await pilot.press("escape")
        await pilot.pause()
        assert "The way in ·" in screen_text(app)
        assert "copied" not in screen_text(app)


async def test_an_attached_desk_says_that_the_other_process_is_gone(empty_home: StillHome) -> None:
    app = Outside(empty_home, None).app(attached=True)
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        text = pane_text(dialog._text)
        assert "The process that does the work does not answer" in text
        assert "Nothing listens" not in text


async def test_the_head_says_why_nothing_listens(empty_home: StillHome) -> None:
    app = Outside(empty_home, NOT_HEARD).app()
    app.context.webhook_url = lambda: None
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        assert "nothing listens: port 8377 is taken by another program" in view.address.render().plain


async def test_the_demo_says_that_it_is_one_where_addresses_are_copied(
    empty_home: StillHome, copied: list[str]
) -> None:
    app = Outside(empty_home, replace(UP, url="http://127.0.0.1:44565")).app(demo=True)
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        await pilot.press("w", "y")
        await pilot.pause()
        assert "This is the demo, which has no real Cal.com" in pane_text(dialog._text)
        assert "which only this machine reaches" in screen_text(app)
        assert copied == ["http://127.0.0.1:44565/webhooks/calcom"]


async def test_the_inspector_that_waits_for_the_way_in_is_not_off(empty_home: StillHome) -> None:
    empty_home.settings = empty_home.settings.with_values("tunnel", inspect=True)
    app = Outside(empty_home, OUTAGE).app()
    async with app.run_test(size=WIDE) as pilot:
        dialog = await opened(pilot)
        assert "Inspector on, once the way in stands" in pane_text(dialog._text)


async def test_strangers_text_does_no_harm(empty_home: StillHome) -> None:
    evil = way(
        TunnelState.BLOCKED,
        problem=TunnelProblem(HOSTILE, HOSTILE, again=False, code=HOSTILE, page=HOSTILE),
        self_test=SelfTest(NOW, None, HOSTILE),
        inspector=HOSTILE,
    )
    outside = Outside(empty_home, evil)
    app = outside.app()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await opened(pilot)
        assert harmful(drawn(app)) == []
        for key in ("o", "w", "o", "y"):
            await pilot.press(key)
            await pilot.pause()
            assert harmful(drawn(app)) == []
        outside.become(replace(UP, url=f"https://{HOSTILE.replace('[', '(')}"))
        await settled(pilot, lambda: "4 min ago" in pane_text(dialog._text))
        assert harmful(drawn(app)) == []
        await pilot.press("escape")
        await pilot.pause()
        assert harmful(drawn(app)) == []


# -- the head of Hooks, the strip, Today


@pytest.mark.parametrize("width", [120, 100, 80, 60])
@pytest.mark.parametrize("url", [PUBLIC, "https://unadulterated-nonvegetative-martin.ngrok-free.dev"])
async def test_the_head_always_has_the_state_and_the_key_that_explains_it(
    empty_home: StillHome, url: str, width: int
) -> None:
    app = Outside(empty_home, replace(UP, url=url)).app()
    async with app.run_test(size=(width, 30)) as pilot:
        view = await to_hooks(pilot)
        line = view.address.render().plain
        assert "● up" in line
        assert line.rstrip().endswith("i way in")
        assert url.partition("://")[2][:12] in line
        assert ("3 h 12 min" in line) or width < 120


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "○ this machine only"),
        (UNSET, "○ this machine only"),
        (OFF, "○ this machine only"),
        (BLOCKED, "✗ down 3 min · this machine only"),
        (STARTING, "◌ starting · this machine only"),
    ],
)
async def test_the_head_says_plainly_that_nobody_outside_can_send(empty_home: StillHome, status, said: str) -> None:
    app = Outside(empty_home, status).app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        line = view.address.render().plain
        assert URL in line
        assert said in line
        await pilot.click(view.address, offset=(view.address.spot_of("hooks.info") or 0, 0))
        await pilot.pause()
        assert isinstance(app.screen, WayInDialog)


async def test_the_address_of_a_demo_is_reached_by_its_own_senders(empty_home: StillHome) -> None:
    app = Outside(empty_home, replace(UP, url="http://127.0.0.1:44565")).app(demo=True)
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        assert "this machine only" not in view.address.render().plain
        dialog = await opened(pilot)
        text = pane_text(dialog._text)
        assert "this machine only" not in text
        assert "In this demo a stand-in plays the way in." in text


async def test_an_empty_list_tells_the_way_to_the_first_delivery(empty_home: StillHome) -> None:
    outside = Outside(empty_home, UNSET)
    app = outside.app()
    async with app.run_test(size=WIDE) as pilot:
        await to_hooks(pilot)
        assert "press i, then s, to set up the way in" in screen_text(app)
        outside.become(UP)
        await settled(pilot, lambda: "So that Cal.com sends to" in screen_text(app))
        assert "tick the triggers, then press Ping test" in screen_text(app)


async def test_the_lamp_opens_the_sheet_from_anywhere(empty_home: StillHome) -> None:
    app = Outside(empty_home, BLOCKED).app()
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "tunnel down 3 min" in screen_text(app)
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert isinstance(app.screen, WayInDialog)
        await pilot.press("escape")
        await pilot.click(app.main.strip, offset=(app.main.strip.spot_of("tunnel") or 0, 0))
        await pilot.pause()
        assert isinstance(app.screen, WayInDialog)


def test_the_first_steps_lead_to_the_set_up(empty_home: StillHome) -> None:
    from booking_tui.tui.context import Look
    from booking_tui.tui.views.today_agenda import Scene

    scene = Scene(NOW, empty_home.app().context.zone, Look())
    text = "\n".join(line.draw(90).plain for line in first_steps_lines(URL, scene, configured=True))
    assert "press 4, i and s to set up" in text
    assert "config.toml" not in text
