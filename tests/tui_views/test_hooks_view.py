"""Hooks, seen and used: what every request says of itself, and what the keys do."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App
from textual.widgets import Button

from booking_tui.domain.webhook import EventState, Verdict
from booking_tui.providers.calcom.signature import HEADER, sign
from booking_tui.services.sending import Address
from booking_tui.tui import editing
from booking_tui.tui.dialogs.catalogue import CatalogueDialog
from booking_tui.tui.dialogs.confirm import Confirm
from booking_tui.tui.dialogs.resend import NOTE, NOTE_DEMO, NOTE_REAL, ResendDialog
from booking_tui.tui.dialogs.signing import SigningDialog
from booking_tui.tui.dialogs.tunnel_setup import TunnelSetupDialog
from booking_tui.tui.dialogs.welcome import WelcomeDialog
from booking_tui.tui.setup import Setup
from booking_tui.tui.views.hooks_copying import curl
from booking_tui.tui.views.hooks_why import why_lines
from booking_tui.tui.widgets import table
from booking_tui.tui.widgets.json_text import read_json
from booking_tui.tui.widgets.lines_view import LinesView
from tests.tui_views.memory import lines_of
from tests.tui_views.story import (
    OLD_SECRET,
    SECRET,
    URL,
    StillHome,
    body_of,
    go_to,
    pane_text,
    quiet,
    screen_text,
    settled,
    to_hooks,
)

WIDE, NARROW, TINY = (104, 30), (80, 24), (60, 20)
ROOMY = (120, 36)


async def test_each_fate_is_told_by_a_glyph_and_a_word(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=(160, 45)) as pilot:
        view = await to_hooks(pilot)
        rows = "\n".join(lines_of(view.table))
        for words in ("✓ signed", "✗ bad sig", "✗ no sig", "= again", "▲ parked", "– signed", "◇ test"):
            assert words in rows
        assert "not for us" in rows
        assert "401" in rows
        assert URL in screen_text(app)
        assert "8 today" in screen_text(app)


async def test_why_a_request_was_refused(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=ROOMY) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["refused"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["refused"])
        text = screen_text(app)
        for words in ("✗ Signature does not match", "got", "want", "Likely", "retired secret", "Do", "From"):
            assert words in text
        assert SECRET not in text


async def test_tabs_show_one_request_from_all_sides(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["moved"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["moved"])
        assert '"triggerEvent": "BOOKING_RESCHEDULED"' in screen_text(app)
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert "bytes as received" in screen_text(app)
        assert '{"triggerEvent":"BOOKING_RESCHEDULED"' in screen_text(app)
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert "x-cal-signature-256:" in screen_text(app).lower()
        await pilot.press("greater_than_sign")
        await settled(pilot, lambda: view._comparison is not None)
        text = screen_text(app)
        assert "the same booking before" in text or "Nothing to compare" in text
        await pilot.press("greater_than_sign")
        await pilot.pause()
        text = pane_text(view.payload.shown)
        assert "moved from Fri 5 Mar 14:00 to Fri 5 Mar 16:00" in text
        assert "Ada Lovelace" in text
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert "▾ payload" in screen_text(app)
        assert "hidden-word" not in "\n".join(line.text for line in view.payload.shown.lines)


async def test_effects_lead_to_the_booking(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["made"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["made"])
        await pilot.press("enter", "less_than_sign", "less_than_sign")
        assert view.payload.tab == "Effects"
        await pilot.press("enter")
        await settled(pilot, lambda: app.main.view is not None and app.main.view.id == "bookings")
        await settled(pilot, lambda: app.main.view.detail is not None and app.main.view.detail.booking.uid == "bk-ada")


async def test_two_marked_requests_are_set_side_by_side(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        for name in ("made", "moved"):
            go_to(view, ids[name])
            await pilot.press("space")
        while view.payload.tab != "Diff":
            await pilot.press("greater_than_sign")
        await settled(pilot, lambda: view._comparison is not None and view._comparison.older is not None)
        assert view._comparison is not None
        assert view._comparison.older is not None
        assert view._comparison.older.id == ids["made"]
        title = str(view.payload.border_title)
        assert "21:14:02 → 08:02:51 · marked" in title
        text = "\n".join(line.text for line in view.payload.shown.lines)
        assert "~ triggerEvent" in text
        assert "+ payload.rescheduleUid" in text
        assert "2 marked" in screen_text(app)
        await pilot.press("escape")
        assert view.table.marks.ids == ()
        await settled(pilot, lambda: "marked" not in str(view.payload.border_title))


async def test_the_catalogue_narrows_down_and_sends(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        home.address = Address(9)
        view = await to_hooks(pilot)
        await pilot.press("t")
        dialog = app.screen
        assert isinstance(dialog, CatalogueDialog)
        assert dialog.chosen == "booking-created"
        await pilot.press("down")
        assert dialog.chosen == "booking-rescheduled"
        await pilot.press(*"twice")
        assert dialog.chosen == "duplicate"
        await pilot.press("right", "enter")
        await settled(pilot, lambda: home.sent)
        assert home.sent[0].scenario == "duplicate"
        assert home.sent[0].fault == "bad-signature"
        await pilot.press("t", "escape")
        assert len(home.sent) == 1
        assert view.table.has_focus


@pytest.mark.parametrize("size", [ROOMY, TINY])
async def test_without_a_secret_the_catalogue_makes_one_first(empty_home: StillHome, size: tuple[int, int]) -> None:
    saved: list[str] = []
    empty_home.address = Address(9)
    empty_home.settings = empty_home.settings.with_values("calcom", webhook_secrets=())
    app = empty_home.app()
    app.setup = Setup(lambda secret: saved.append(secret) or "config.toml")
    async with app.run_test(size=size) as pilot:
        await to_hooks(pilot)
        await pilot.press("t")
        await pilot.pause()
        assert "no webhook secret is set" in screen_text(app)
        assert "accepted with 200" not in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, WelcomeDialog)
        assert "so a secret comes first" in " ".join(screen_text(app).replace("│", " ").split())
        assert empty_home.sent == []
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, CatalogueDialog)
        await pilot.press("enter", "enter", "enter")
        await pilot.pause()
        assert len(saved) == 1
        assert isinstance(app.screen, CatalogueDialog)
        assert "accepted with 200" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: empty_home.sent)


async def test_a_window_that_writes_no_settings_only_says_that_a_secret_is_missing(empty_home: StillHome) -> None:
    empty_home.address = Address(9)
    empty_home.settings = empty_home.settings.with_values("calcom", webhook_secrets=())
    app = empty_home.app(attached=True)
    async with app.run_test(size=ROOMY) as pilot:
        await to_hooks(pilot)
        await pilot.press("t")
        await pilot.pause()
        assert "so it would be refused" in screen_text(app)
        assert "makes one first" not in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: empty_home.sent)


async def test_a_sheet_over_a_sheet_names_its_own_keys(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=ROOMY) as pilot:
        await to_hooks(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert screen_text(app).splitlines()[-1].strip() == "Esc close"
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, TunnelSetupDialog)
        assert screen_text(app).splitlines()[-1].split()[-2:] == list(app.screen.KEYS[-1])
        await pilot.press("escape")
        await pilot.pause()
        assert screen_text(app).splitlines()[-1].strip() == "Esc close"


@pytest.mark.parametrize(
    ("secret", "live", "said"),
    [
        (OLD_SECRET, True, "This was a test, sent with a wrong signature on purpose"),
        (None, True, "This was a test, sent without a signature on purpose"),
        (None, False, "This was a test, and no secret is set here"),
    ],
)
async def test_a_test_that_was_to_be_refused_is_no_fault(
    empty_home: StillHome, secret: str | None, live: bool, said: str
) -> None:
    body = body_of("bk-tried")
    headers = () if secret is None else ((HEADER, sign(secret, body)),)
    empty_home.put(body, empty_home.clock.now(), headers=headers, test=True)
    app = empty_home.app()
    async with app.run_test(size=ROOMY) as pilot:
        view = await to_hooks(pilot)
        assert view.reading is not None
        assert view.reading.why is not None
        why = view.reading.why if live else replace(view.reading.why, expected=())  # type: ignore[type-var]
        eye = view.eye
        lines = why_lines(replace(view.reading, why=why), eye)(90)
        text = "\n".join(line.text for line in lines)
        assert lines[0].text == f"✗ {said}"
        assert "Compare" not in text
        assert "at Cal.com" not in text
        assert ("nothing to mend" in text) is live
        assert ("t offers to make a secret" in text) is not live


async def test_the_frame_counts_everything_that_came(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=(160, 45)) as pilot:
        view = await to_hooks(pilot)
        today = view._summary.today if view._summary is not None else None
        assert today is not None
        assert today.duplicates == 1
        assert "1 again" in str(view.requests.border_title)
        assert today.total == today.ok + today.refused + today.parked + today.duplicates


async def test_the_box_of_reasons_keeps_its_height(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=ROOMY) as pilot:
        view = await to_hooks(pilot)
        heights: set[int] = set()
        for name in ("refused", "ping", "parked", "made"):
            go_to(view, ids[name])
            await settled(pilot, lambda name=name: view.reading is not None and view.reading.event.id == ids[name])
            heights.add(view.why.size.height)
            assert view.why.text.virtual_size.height <= view.why.text.size.height, "all of it is seen"
        assert len(heights) == 1


@pytest.mark.parametrize(("uid", "real"), [("bk-ada", True), ("bk-another", False)])
async def test_an_edit_that_names_a_real_booking_is_said_to_be_parked(
    home: StillHome, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch, uid: str, real: bool
) -> None:
    monkeypatch.setattr(editing, "edit_text", lambda app, text, suffix: text.replace("bk-ada", uid) + " ")
    app = home.app()
    async with app.run_test(size=ROOMY) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["made"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["made"])
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, ResendDialog)
        assert ("It names a booking that is no test" in screen_text(app)) is real


async def test_in_a_small_window_the_ways_to_send_an_edit_are_all_there() -> None:
    old, new = (read_json(json.dumps([word] * 30).encode()) for word in ("before", "behind"))
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        for note in (NOTE, NOTE_REAL, NOTE_DEMO):
            await app.push_screen(ResendDialog(old, new, None, note=note))
            await pilot.pause()
            sheet = app.screen.query_one(".sheet")
            for button in app.screen.query(Button):
                assert sheet.content_region.contains_region(button.region), button
            assert app.screen.query_one(LinesView).size.height >= 8
            await pilot.press("escape")


async def test_where_nothing_is_listed_the_footer_offers_what_brings_something_in(empty_home: StillHome) -> None:
    app = empty_home.app()
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("4")
        await settled(pilot, lambda: [hint.word for hint in app.main.footer.hints][:2] == ["Test", "Way in"])


async def test_a_test_that_cannot_be_sent_says_why(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        await to_hooks(pilot)
        await pilot.press("t", "enter")
        await settled(pilot, lambda: app.main.footer.news and "nothing listens" in app.main.footer.news)


async def test_replay_makes_a_new_request_and_goes_to_it(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["moved"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["moved"])
        await pilot.press("r")
        await settled(pilot, lambda: view.reading is not None and view.reading.event.replay_of == ids["moved"])
        assert view.table.cursor_place == 0
        assert "↻ replay" in lines_of(view.table)[1]
        while view.payload.tab != "Diff":
            await pilot.press("greater_than_sign")
        await settled(pilot, lambda: view._comparison is not None)
        assert "the same JSON" in screen_text(app)


async def test_forgetting_asks_first(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        total = view.table.total
        await pilot.press("space", "space", "x")
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        assert view.table.total == total
        await pilot.press("x", "right", "enter")
        await settled(pilot, lambda: view.table.total == (total or 0) - 2)
        assert view.table.marks.ids == ()
        assert home.queries.event(ids["cancelled"]) is None


async def test_signing_step_by_step_never_shows_the_secret(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["refused"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["refused"])
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, SigningDialog)
        text = screen_text(app)
        event = home.queries.event(ids["refused"])
        assert event is not None
        assert sign(SECRET, event.body) in text
        assert "differs from digit" in text
        assert SECRET not in text
        await pilot.press("escape")
        go_to(view, ids["moved"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["moved"])
        await pilot.press("s")
        await pilot.pause()
        assert "the same" in screen_text(app)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"it\'s $HOME `id` \\\\ \\n"}',
        b"@/etc/hostname",
        b"plain\nlines\n",
        bytes(range(256)),
        "ünï ✓ \u202e".encode(),
        b"",
    ],
)
def test_a_curl_carries_the_true_bytes(body: bytes, home: StillHome, ids: dict[str, str], tmp_path: Path) -> None:
    row_id = home.put(
        body, home.clock.now(), headers=((HEADER, sign(SECRET, body)), ("X-Odd", "it's; $(id)"), ("Host", "x"))
    )
    event = home.queries.event(row_id)
    assert event is not None
    command = curl(event, URL)
    fake = tmp_path / "bin"
    fake.mkdir()
    script = '#!/bin/sh\nprintf "%s\\0" "$@" > "$OUT.args"\nfor last; do :; done\n'
    script += 'if [ "$last" = @- ]; then cat > "$OUT.body"; else printf %s "$last" > "$OUT.body"; fi\n'
    (fake / "curl").write_text(script)
    (fake / "curl").chmod(0o755)
    out = tmp_path / "out"
    subprocess.run(["sh", "-c", command], env={"PATH": f"{fake}:/usr/bin:/bin", "OUT": str(out)}, check=True)
    assert Path(f"{out}.body").read_bytes() == body
    args = Path(f"{out}.args").read_bytes().split(b"\0")
    assert f"{HEADER}: {sign(SECRET, body)}".encode() in args
    assert b"X-Odd: it's; $(id)" in args
    assert not any(arg.lower().startswith(b"host:") for arg in args)
    assert URL.encode() in args
    assert "\x1b" not in command


async def test_copying_says_what_and_which(home: StillHome, ids: dict[str, str], copied: list[str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        await pilot.press("y")
        assert copied == [URL]
        go_to(view, ids["moved"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["moved"])
        await pilot.press("c")
        assert copied[-1].startswith("curl -sS")
        assert "hidden-word" in copied[-1]
        assert app.main.footer.news is not None
        assert "true bytes" in app.main.footer.news
        await pilot.press("Y")
        await pilot.pause()
        await pilot.press(*"uid", "enter")
        await settled(pilot, lambda: copied[-1] == "bk-ada-2")


async def test_a_fixture_is_masked_signed_anew_and_private(
    home: StillHome, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, folder = tmp_path / "work", tmp_path / "exports"
    here.mkdir()
    monkeypatch.chdir(here)
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["moved"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["moved"])
        for count in (1, 2):
            await pilot.press("X")
            await settled(pilot, lambda count=count: len(list(folder.glob("*"))) == count)
        assert app.main.footer.news is not None
        assert "holds the client's name and email" in app.main.footer.news
        assert str(folder) in app.main.footer.news
        assert not list(here.iterdir())
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        document = json.loads(path.read_text())
        assert "hidden-word" not in document["body"]
        headers = {name.lower(): value for name, value in document["headers"]}
        assert headers[HEADER] == sign(SECRET, document["body"].encode())


async def test_an_edit_is_shown_and_never_lost(
    home: StillHome, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    changes = iter([lambda text: text.replace("Ada", "Eda"), lambda text: text + "}", None])

    def edit(app: object, text: str, suffix: str) -> str | None:
        given.append(text)
        change = next(changes)
        return change(text) if change else None

    monkeypatch.setattr(editing, "edit_text", edit)
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["made"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["made"])
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, ResendDialog)
        assert '  "triggerEvent": "BOOKING_CREATED"' in given[0]
        assert "changed" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: app.main.footer.news and "nothing listens" in app.main.footer.news)
        assert "Eda" in view.drafts[ids["made"]]
        await pilot.press("e")
        await pilot.pause()
        assert "Eda" in given[1]
        assert "no JSON any more" in screen_text(app)
        await pilot.press("escape")
        assert view.drafts[ids["made"]].endswith("}\n}")
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, ResendDialog)
        await pilot.press("escape")


async def test_an_editor_that_fails_is_told_in_words(home: StillHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(app: object, text: str, suffix: str) -> str | None:
        raise editing.EditorError("no editor was found")

    monkeypatch.setattr(editing, "edit_text", fail)
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        await pilot.press("e")
        assert app.main.footer.news == "no editor was found"
        await pilot.press("vertical_line")
        assert app.main.footer.news == "no editor was found"
        assert view.drafts == {}


async def test_the_filter_is_live_says_what_is_wrong_and_goes_away(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        total = view.table.total
        await pilot.press("slash")
        await pilot.pause()
        assert "verdict:signed  trigger:created  state:parked" in screen_text(app)
        view.filter.input.value = "verdict:invalid"
        await settled(pilot, lambda: view.table.total == 1 and view.table.cursor_row is not None)
        assert view.table.cursor_row is not None
        assert view.table.cursor_row.id == ids["refused"]
        await pilot.press("enter")
        await pilot.pause()
        assert view.table.has_focus
        assert "verdict:bad-sig ×" in screen_text(app)
        await pilot.press("slash")
        view.filter.input.value += " nope:1"
        await settled(pilot, lambda: view.filter.wrong is not None)
        assert "no key nope" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot, lambda: view.table.total == total)
        assert not view.filter.display


async def test_search_in_the_payload(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["moved"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["moved"])
        await pilot.press("semicolon")
        assert app.main.footer.news is not None
        assert "nothing is searched for" in app.main.footer.news
        await pilot.press("enter", "slash")
        view.payload.search.value = "example.com"
        await pilot.press("enter")
        await pilot.pause()
        assert "found" in (app.main.footer.news or "")
        first = view.payload.shown.scroll_offset.y
        await pilot.press("semicolon")
        assert view.payload.shown.scroll_offset.y >= first
        await pilot.press("escape")
        assert view.table.has_focus


async def test_narrow_screens_fold_into_tabs_and_sheets(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=NARROW) as pilot:
        view = await to_hooks(pilot)
        assert view.payload.tab == "Why"
        assert "[Why]" in screen_text(app)
        assert view.requests.display
        await pilot.press("enter")
        await pilot.pause()
        assert view.requests.region.height == 0
        assert view.payload.region.height > 15
        await pilot.press("escape")
        await pilot.pause()
        assert view.requests.region.height > 5
        await pilot.resize_terminal(*WIDE)
        await settled(pilot, lambda: not view.payload.with_why)
        assert view.payload.tab == "JSON"
        await pilot.resize_terminal(*TINY)
        await settled(pilot, lambda: view.payload.with_why)
        assert all(len(line) <= 60 for line in screen_text(app).split("\n"))


async def test_new_requests_are_followed_or_counted(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        assert "● following" in screen_text(app)
        first = home.put(b'{"triggerEvent":"PING","createdAt":"2027-03-04T09:31:00.000Z"}', home.clock.now())
        home.tell()
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == first)
        await pilot.press("P")
        home.put(b'{"triggerEvent":"PING","createdAt":"2027-03-04T09:32:00.000Z"}', home.clock.now())
        home.tell()
        await settled(pilot, lambda: view.table.new_above == 1)
        assert view.table.cursor_row is not None
        assert view.table.cursor_row.id == first
        assert "1 new ↑" in screen_text(app)
        assert "paused" in screen_text(app)
        await pilot.press("P")
        await settled(pilot, lambda: view.table.following)


async def test_an_empty_home_says_what_helps(empty_home: StillHome) -> None:
    app = empty_home.app()
    async with app.run_test(size=NARROW) as pilot:
        view = await to_hooks(pilot)
        text = screen_text(app)
        assert "Nothing has come in yet" in text
        assert URL.partition("://")[2] in text
        assert "Cal.com cannot reach this machine yet" in text
        assert "send a test event" in text
        await pilot.press("r")
        assert app.main.footer.news is not None
        assert "no request is selected" in app.main.footer.news
        row = empty_home.put(b'{"triggerEvent":"PING","createdAt":"2027-03-04T09:31:00.000Z"}', empty_home.clock.now())
        empty_home.tell()
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == row)


async def test_a_broken_database_is_told_and_old_rows_stay(home: StillHome, monkeypatch: pytest.MonkeyPatch) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        before = lines_of(view.table)[1:5]

        def fail(*args: object, **more: object) -> object:
            raise OSError("the disk gave a read error")

        monkeypatch.setattr(home.queries, "events_page", fail)
        home.tell()
        await settled(pilot, lambda: view.table.trouble is not None)
        assert "cannot be read" in screen_text(app)
        assert lines_of(view.table)[1:5] == before


async def test_names_hide_on_a_key(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        go_to(view, ids["made"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.id == ids["made"])
        await pilot.press("H")
        await pilot.pause()
        for _ in view.payload.tabs:
            text = screen_text(app)
            assert "Lovelace" not in text
            assert "ada@example.com" not in text
            assert "evenings" not in text
            await pilot.press("greater_than_sign")
            await quiet(pilot)
        assert "A. L." in text


async def test_a_forgotten_target_is_said(home: StillHome, ids: dict[str, str]) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        view.show_target(ids["parked"])
        await settled(pilot, lambda: view.reading is not None and view.reading.event.state is EventState.PARKED)
        view.show_target("nothing-of-that-name")
        await pilot.pause()
        assert app.main.footer.news is not None
        assert "not kept any more" in app.main.footer.news
        assert view.reading is not None
        assert view.reading.event.verdict is Verdict.VALID


async def test_of_more_than_can_be_marked_the_newest_are_and_it_is_said(
    home: StillHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST", 2)
    async with home.app().run_test(size=WIDE) as pilot:
        view = await to_hooks(pilot)
        await pilot.press("asterisk")
        await settled(pilot, lambda: pilot.app.main.footer.news)
        assert pilot.app.main.footer.news == "marked the newest 2; there are more"
        assert len(view.table.marks) == 2
