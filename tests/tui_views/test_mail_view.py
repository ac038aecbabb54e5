"""Mail, seen: why each email stands where it stands, its tries, its text, and the ways from and to it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from textual.widgets import OptionList

from booking_tui.domain.filter import Filter
from booking_tui.domain.mail.answer import Answer, Phase
from booking_tui.domain.mail.delivery import MailEvent
from booking_tui.services.facts import MAIL, Fact
from booking_tui.tui import editing, opening
from booking_tui.tui.dialogs.mail_ask import MailAskDialog
from booking_tui.tui.dialogs.mail_edit import MailEditDialog
from booking_tui.tui.dialogs.mail_raw import MailRawDialog
from booking_tui.tui.dialogs.picker import PickerDialog
from booking_tui.tui.glyphs import ASCII, UNICODE
from booking_tui.tui.views.hooks import HooksView
from booking_tui.tui.views.mail import MailView
from booking_tui.tui.views.mail_head import rate_words, spark
from booking_tui.tui.views.today import TodayView
from tests.tui_views.mail_story import RIGHT, SLIP, MailHome, go_to_mail, stands_on, to_mail
from tests.tui_views.memory import lines_of
from tests.tui_views.story import HOSTILE, NOW, at, pane_text, quiet, screen_text, settled, to_bookings
from tests.tui_views.test_hostile import drawn, harmful

WIDE, NARROW, SHORT = (120, 36), (80, 24), (120, 24)


async def test_the_lists_say_how_each_fares_by_a_glyph_and_a_word(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        rows = "\n".join(lines_of(view.table))
        for words in ("✗ no mailbox", "? in doubt", "▲ tries used up", "▲ bounced, soft", "▲ mailbox full"):
            assert words in rows
        text = screen_text(app)
        assert "[Failed 7]" in text
        assert "goal 99 %" in text
        assert "█" in text
        for group, words in (("retrying", "◌ provider down"), ("planned", "○ planned"), ("sent", "✓ delivered")):
            await pilot.press("greater_than_sign")
            await settled(pilot, lambda group=group: view.head.group == group and view.table.total)
            assert words in "\n".join(lines_of(view.table))
        await pilot.press("less_than_sign", "less_than_sign")
        await settled(pilot, lambda: view.head.group == "retrying")
        assert "09:36:40" in "\n".join(lines_of(view.table))


async def test_why_says_cause_slip_answer_booking_and_deeds(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await stands_on(pilot, view, mails["slip"])
        why = pane_text(view.side.why.text)
        assert "The mailbox does not exist. fay.nguyen@gmial.com ^^^^^ looks like gmail.com" in why
        assert "550 5.1.1" in why
        assert "Try again? No, not to this address." in why
        assert "Fri 5 Mar 15:00, in 1 day. Nothing arrived." in why
        assert "Do e correct it and send it again M copy it as a text message b go to the booking K keep it" in why
        go_to_mail(view, mails["dead"])
        await stands_on(pilot, view, mails["dead"])
        why = pane_text(view.side.why.text)
        assert "500 · internal_server_error · An" in why
        assert "Do r try it again" in why


async def test_enter_does_what_helps_most(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("enter")
        assert view.side.why.text.has_focus
        assert view.side.why.text.target == "deed:mail.edit"
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, MailEditDialog))
        await pilot.press("escape")
        await pilot.press("home", "enter")
        await settled(pilot, lambda: app.main.view is not None and app.main.view.id == "bookings")
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is view)


async def test_the_tries_are_told_in_order_with_raw_answers(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        tries = pane_text(view.side.tries.text)
        assert "09:33:00 1 given to Resend 200" in tries
        assert tries.index("email.sent") < tries.index("email.bounced")
        # What was said last is what one wants to see; the first answer only says that it was taken.
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(app.screen, MailRawDialog))
        assert '"type": "email.bounced"' in screen_text(app)
        await pilot.press("escape", "h", "p")
        await settled(pilot, lambda: isinstance(app.screen, MailRawDialog))
        assert '"type": "email.bounced"' in screen_text(app)
        await pilot.press("4")
        assert isinstance(app.screen, MailRawDialog)
        await pilot.press("escape", "home", "p")
        await settled(pilot, lambda: isinstance(app.screen, MailRawDialog))
        assert '"id": "4ef9a417-02e9-4d39-ad75-9611e0fcc33c"' in screen_text(app)
        await pilot.press("escape", "h")
        assert view.table.has_focus
        go_to_mail(view, mails["dead"])
        await stands_on(pilot, view, mails["dead"])
        assert "an error at Resend 500" in pane_text(view.side.tries.text)


async def test_the_webhook_that_told_of_it_is_shown_as_it_came(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    slip = post.queries.email(mails["slip"])
    assert slip is not None
    [row] = post.queries.events_page(Filter(), limit=1)
    event = MailEvent("email.bounced", NOW, slip.provider_id, slip.id, slip.to, detail="no such user")
    post.database.write(lambda tx: post.following.take(tx, [event], at=NOW, event_id=row.id))
    kept = post.queries.event(row.id)
    assert kept is not None
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(app.screen, MailRawDialog))
        assert '"triggerEvent":' in screen_text(app)
        # Said on the frame and in the footer.
        assert screen_text(app).count("4 the request in Hooks") == 2
        await pilot.press("4")
        await settled(pilot, lambda: isinstance(app.main.view, HooksView) and app.main.view.table.cursor_row == row)
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is view)
        # Where names are hidden, Hooks shows it, which hides them.
        app.context.look.privacy = True
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(app.main.view, HooksView))


async def test_the_email_takes_the_whole_side_when_it_is_entered(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        side = view.side
        before = side.letter.size.height
        side.letter.text.focus()
        await quiet(pilot)
        assert "Enlarge" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: side.letter.size.height > 2 * before)
        assert (side.why.display, side.tries.display) == (False, False)
        assert "Smaller" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot, lambda: side.letter.size.height == before)
        assert (side.why.display, side.tries.display) == (True, True)
        await pilot.press("enter", "h")
        await settled(pilot, lambda: side.tries.text.has_focus)
        assert side.why.display
        await pilot.press("escape")
        side.letter.text.focus()
        await pilot.press("enter", "escape")
        await settled(pilot, lambda: view.table.has_focus)
        assert side.why.display


@pytest.mark.parametrize("size", [(120, 36), (120, 30), (100, 31)])
async def test_all_boxes_beside_the_list_are_whole(
    post: MailHome, mails: dict[str, str], size: tuple[int, int]
) -> None:
    async with post.app().run_test(size=size) as pilot:
        view = await to_mail(pilot)
        await pilot.press("S", "e", "enter")
        await settled(pilot, lambda: post.mail("bk-fay-nguyen").revision == 2)
        view.show_target(post.mail("bk-fay-nguyen").id)
        await stands_on(pilot, view)
        side = view.side
        assert view.stand.display
        for box in (side.why, side.tries, side.letter):
            assert side.region.contains_region(box.region), (box, box.region, side.region)
        assert side.letter.text.size.height >= 3


async def test_where_there_is_no_room_enter_is_called_by_what_it_goes_to(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await to_mail(pilot)
        assert "⏎ Why" in screen_text(app)
        view.side.tab = "Text"
        view.post_message(view.OfferChanged())
        await settled(pilot, lambda: "⏎ Text" in screen_text(app))


async def test_text_calendar_file_and_changes(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        letter = view.side.letter.text
        assert "Subject Confirmed: your appointment" in pane_text(letter)
        letter.focus()
        await pilot.press("greater_than_sign")
        await quiet(pilot)
        assert "BEGIN:VCALENDAR" in pane_text(letter)
        await pilot.press("greater_than_sign")
        await quiet(pilot)
        assert "This is the first revision" in pane_text(letter)
        await pilot.press("escape", "e", "enter")
        await settled(pilot, lambda: post.mail("bk-fay-nguyen").revision == 2)
        new = post.mail("bk-fay-nguyen")
        view.show_target(new.id)
        await stands_on(pilot, view, new.id)
        changes = pane_text(view.side.letter.text)
        assert "Revision 1 → 2" in changes
        assert f"- {SLIP} + {RIGHT}" in changes
        why = pane_text(view.side.why.text)
        assert f"Before revision 1 to {SLIP}" in why
        tries = pane_text(view.side.tries.text)
        assert f"you changed it: {SLIP} → {RIGHT}" in tries
        view.show_target(mails["slip"])
        await stands_on(pilot, view, mails["slip"])
        assert view.head.group == "settled"
        assert f"After it revision 2 to {RIGHT}" in pane_text(view.side.why.text)
        assert "✓ you fixed" in "\n".join(lines_of(view.table))


async def test_a_text_written_in_the_editor_goes_into_the_email(
    post: MailHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []

    def write(_: object, text: str, suffix: str = ".txt") -> str:
        texts.append(text)
        return "Dear Fay,\n\nplease come a little earlier.\n"

    monkeypatch.setattr(editing, "edit_text", write)
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("vertical_line")
        await settled(pilot, lambda: isinstance(app.screen, MailEditDialog))
        assert len(texts) == 1
        assert texts[0].startswith("Hello Fay Nguyen,\n\n")
        assert "is confirmed" in texts[0]
        assert "please come a little earlier." in screen_text(app)
        await pilot.press("ctrl+s")
        await settled(pilot, lambda: "u stops it" in (app.main.footer.news or ""))
        new = post.mail("bk-fay-nguyen")
        assert (new.own_text, new.to) == ("Dear Fay,\n\nplease come a little earlier.", RIGHT)
        view.show_target(new.id)
        await stands_on(pilot, view, new.id)
        assert "please come a little earlier." in pane_text(view.side.letter.text)


async def test_the_browser_gets_a_private_page_that_goes_again(post: MailHome, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(opening, "_has_browser", lambda: True)
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        monkeypatch.setattr(app, "open_url", lambda url, new_tab=True: opened.append(url))
        view = await to_mail(pilot)
        await pilot.press("o")
        await settled(pilot, lambda: opened)
        path = Path(opened[0].removeprefix("file://"))
        assert kept_private(path)
        assert view.row is not None
        monkeypatch.setattr(opening, "_has_browser", lambda: False)
        await pilot.press("o")
        await settled(pilot, lambda: isinstance(app.screen, MailRawDialog))
        assert "there is no browser here" in screen_text(app)
    assert not kept_private(path)


def kept_private(page: Path) -> bool:
    """Say whether a page lies where only its writer can read it; False when it is gone with its folder."""
    if not page.parent.exists():
        return False
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (page, page.parent)]
    return modes == [0o600, 0o700] and "<html" in page.read_text(encoding="utf-8")


async def test_copying(post: MailHome, copied: list[str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("y")
        assert copied[-1] == SLIP
        await pilot.press("M")
        await settled(pilot, lambda: "5 March 2027" in copied[-1])
        assert "Robin Sample" in copied[-1]
        assert "calendar.google.com" not in copied[-1]
        await pilot.press("Y")
        await settled(pilot, lambda: isinstance(app.screen, PickerDialog))
        await pilot.press(*"calendar", "enter")
        await settled(pilot, lambda: copied[-1].startswith("BEGIN:VCALENDAR"))
        await pilot.press("space", "space", "y")
        await settled(pilot, lambda: len(copied[-1].splitlines()) == 2)
        assert len(view.table.marks) == 2


async def test_from_a_booking_to_its_emails_and_back(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        bookings = await to_bookings(pilot)
        bookings.show_target("bk-fay-nguyen")
        await settled(pilot, lambda: bookings.standing == "bk-fay-nguyen")
        await pilot.press("E")
        await settled(pilot, lambda: app.main.view is not None and app.main.view.id == "mail")
        view = app.screen.query_one(MailView)
        await settled(pilot, lambda: view.table.total == 3)
        await stands_on(pilot, view)
        assert view.head.group == "all"
        await pilot.press("b")
        await settled(pilot, lambda: app.main.view is bookings)
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is view)
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is bookings)


async def test_a_visit_leaves_the_list_as_it_was(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        assert view.head.group == "failed"
        bookings = await to_bookings(pilot)
        await pilot.press("E")
        await settled(pilot, lambda: app.main.view is view and view.head.group == "all")
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is bookings)
        await pilot.press("5")
        await settled(pilot, lambda: view.head.group == "failed" and view.table.total == 7)
        assert view.filter.chosen.empty


async def test_a_list_that_one_gets_to_is_shown(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=NARROW) as pilot:
        bookings = await to_bookings(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: bookings.has_class("-full"))
        await pilot.press("E")
        await settled(pilot, lambda: isinstance(app.main.view, MailView) and app.main.view.row is not None)
        view = app.main.view
        assert isinstance(view, MailView)
        await stands_on(pilot, view)
        await pilot.press("b")
        await settled(pilot, lambda: app.main.view is bookings and bookings.table.has_focus)
        assert not bookings.has_class("-full")
        assert bookings.table.size.height > 0


async def test_from_today_to_the_emails_of_a_booking_and_back(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        today = app.main.view
        assert today is not None
        await settled(pilot, lambda: "E Emails" in screen_text(app))
        await pilot.press("E")
        await settled(pilot, lambda: isinstance(app.main.view, MailView) and app.main.view.table.total)
        view = app.main.view
        assert isinstance(view, MailView)
        await stands_on(pilot, view)
        assert view.row is not None
        assert view.filter.chosen.text == f'"{view.row.booking_uid}"'
        await pilot.press("escape")
        await settled(pilot, lambda: app.main.view is today)


async def test_from_what_needs_somebody_to_that_email(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        today = app.main.view
        assert isinstance(today, TodayView)
        await settled(pilot, lambda: "no mailbox" in screen_text(app) or "mailbox does not exist" in screen_text(app))
        today.needs.list.focus()
        await quiet(pilot)
        for _ in range(20):
            if today.needs.at is not None and today.needs.at.target_id == mails["slip"]:
                break
            await pilot.press("down")
        await pilot.press("E")
        await settled(pilot, lambda: isinstance(app.main.view, MailView))
        view = app.main.view
        assert isinstance(view, MailView)
        await stands_on(pilot, view, mails["slip"])


async def test_a_new_failure_is_seen_and_the_cursor_stays_on_its_email(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await stands_on(pilot, view, mails["slip"])
        failed = post.mail("bk-jon-bell")
        post.set(failed, NOW, state="dead", reason="tries_used", attempts=5, next_at=None)
        post.bus.publish(Fact(MAIL, failed.id, NOW))
        await settled(pilot, lambda: view.table.total == 8)
        await quiet(pilot)
        lines = lines_of(view.table)
        assert "Jon Bell" in lines[1]
        assert len([line for line in lines[1:] if line.strip()]) == 8
        assert view.row is not None
        assert view.row.id == mails["slip"]


async def test_the_emails_of_a_booking_follow_its_moves(post: MailHome) -> None:
    post.book("Uma Lind", at(8, 9), at(4, 9, 34), uid="bk-uma-1")
    post.send()
    post.book(
        "Uma Lind", at(9, 9), at(4, 9, 35), uid="bk-uma-2", trigger="BOOKING_RESCHEDULED", rescheduleUid="bk-uma-1"
    )
    post.send()
    post.clock.instant = NOW
    both = [*post.queries.mails_of("bk-uma-1"), *post.queries.mails_of("bk-uma-2")]
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        view.show_target("booking:bk-uma-2")
        await settled(pilot, lambda: view.table.total == len(both))
        await stands_on(pilot, view)
        text = screen_text(app)
        assert "all about Uma Lind, Tue " in text
        assert "bk-uma" not in text
        assert {row.booking_uid for row in view.table.feed.stretch.rows} == {"bk-uma-1", "bk-uma-2"}


async def test_where_there_is_little_room_the_email_is_a_sheet(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=NARROW) as pilot:
        view = await to_mail(pilot)
        assert view.side.tab == "Why"
        assert "[Why]" in screen_text(app)
        await pilot.press("enter")
        assert view.has_class("-full")
        for tab, words in (
            ("Tries", "given to Resend"),
            ("Text", "Subject"),
            (".ics", "VCALENDAR"),
            ("Changes", "first"),
        ):
            await pilot.press("greater_than_sign")
            await quiet(pilot)
            assert view.side.tab == tab
            assert words in screen_text(app)
        await pilot.press("h")
        assert view.side.tab == "Tries"
        await pilot.press("escape")
        assert not view.has_class("-full")
        await pilot.resize_terminal(*WIDE)
        await quiet(pilot)
        await pilot.press("h")
        assert view.side.tries.text.has_focus
        await pilot.resize_terminal(*NARROW)
        await quiet(pilot)
        assert view.side.letter.text.has_focus
        assert view.side.tab == "Tries"
        await pilot.press("escape")
        await pilot.resize_terminal(*SHORT)
        await quiet(pilot)
        assert view.side.tabs == ("Tries", "Text", ".ics", "Changes")
        await pilot.resize_terminal(*WIDE)
        await quiet(pilot)
        assert view.side.tries.display


async def test_an_email_is_found_from_anywhere(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+f", *"gmial")
        await settled(pilot, lambda: "no mailbox" in screen_text(app))
        options = app.screen.query_one(OptionList)
        hits = [str(option.prompt) for option in options.options]
        options.highlighted = next(number for number, hit in enumerate(hits) if "no mailbox" in hit)
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.main.view, MailView))
        view = app.main.view
        assert isinstance(view, MailView)
        await stands_on(pilot, view, mails["slip"])


async def test_names_are_hidden_everywhere(post: MailHome) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("H")
        await quiet(pilot)
        view.side.letter.text.focus()
        for _ in range(3):
            text = screen_text(app)
            for name in ("Nguyen", "fay", "gmial", "Roy", "Marsh"):
                assert name not in text
            await pilot.press("greater_than_sign")
            await quiet(pilot)
        view.table.focus()
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(app.screen, MailAskDialog))
        assert "gmial" not in screen_text(app)
        await pilot.press("tab", "tab", "enter")
        await settled(pilot, lambda: app.main.footer.news)
        assert "Nguyen" not in (app.main.footer.news or "")


async def test_plain_signs(post: MailHome) -> None:
    post.look.ascii = True
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        await to_mail(pilot)
        text = screen_text(app)
        assert "x no mailbox" in text
        assert not [char for char in text if ord(char) > 126 and char != "\n"]


async def test_facts_move_rows_and_leave_the_cursor(post: MailHome, mails: dict[str, str]) -> None:
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        go_to_mail(view, mails["dead"])
        await stands_on(pilot, view, mails["dead"])
        retrying = post.queries.email(mails["retrying"])
        assert retrying is not None
        post.set(retrying, NOW, state="dead", reason="tries_used", next_at=None)
        post.bus.publish(Fact(MAIL, retrying.id, NOW))
        await settled(pilot, lambda: view.table.total == 8)
        assert view.row is not None
        assert view.row.id == mails["dead"]
        await settled(pilot, lambda: view.summary is not None and view.summary.counts.failed == 8)


async def test_empty_states(quiet_post: MailHome) -> None:
    quiet_post.ready = False
    app = quiet_post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        text = screen_text(app)
        for words in ("Sending emails is not set up", "RESEND_API_KEY", "resend.from"):
            assert words in text
        quiet_post.ready = True
        view.read_again()
        await settled(pilot, lambda: "All settled." in screen_text(app))
        for words in ("Nothing has to be tried again.", "Nothing is planned", "Nothing was sent yet"):
            await pilot.press("greater_than_sign")
            await settled(pilot, lambda words=words: words in screen_text(app))
        await pilot.press("slash", *"nobody", "enter")
        await settled(pilot, lambda: "No email here matches the filter" in screen_text(app))
        await pilot.press("e")
        await settled(pilot, lambda: app.main.footer.news == "no email is selected")


async def test_the_switch_of_the_account_says_until_when(post: MailHome) -> None:
    from booking_tui.domain.mail.outcome import Pause
    from booking_tui.domain.mail.reasons import MailReason
    from booking_tui.services.mail.pauses import Pauses

    pause = Pause(MailReason.DAILY_QUOTA, at(5, 1))
    post.database.write(lambda tx: Pauses(post.records).pause(tx, pause, NOW))
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        await to_mail(pilot)
        assert "Nothing is sent. Today's emails are used up, until Fri 01:00" in screen_text(app)


async def test_taking_an_address_off_the_list(post: MailHome, mails: dict[str, str]) -> None:
    email = post.queries.email(mails["slip"])
    assert email is not None
    post.set(email, NOW, state="suppressed", reason="suppressed")
    app = post.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        go_to_mail(view, email.id)
        await stands_on(pilot, view, email.id)
        assert "take the address off Resend's list" in pane_text(view.side.why.text)
        view.action_command("mail.unsuppress")
        await settled(pilot, lambda: post.provider.off_the_list == [SLIP])
        go_to_mail(view, mails["dead"])
        await stands_on(pilot, view, mails["dead"])
        view.action_command("mail.unsuppress")
        await settled(pilot, lambda: "is not on Resend's list" in (app.main.footer.news or ""))


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_words_are_drawn_harmlessly(quiet_post: MailHome, size: tuple[int, int]) -> None:
    address = f'"{HOSTILE[:20]}"@example.com'
    quiet_post.provider.answers[address] = Answer(Phase.ANSWERED, 422, HOSTILE, HOSTILE, raw=HOSTILE)
    uid = quiet_post.book(HOSTILE, at(5, 9), at(4, 9), email="evil@example.com", uid="bk-evil", title=HOSTILE)
    quiet_post.send()
    email = quiet_post.mail(uid)
    quiet_post.say(email, "email.bounced", bounce_type="Permanent", bounce_subtype="General", detail=HOSTILE)
    quiet_post.set(email, NOW, last_name=HOSTILE.encode("utf-8", "replace").decode(), own_text="[/] [b]x")
    quiet_post.clock.instant = NOW
    app = quiet_post.app()
    async with app.run_test(size=size) as pilot:
        view = await to_mail(pilot)
        assert harmful(drawn(app)) == []
        for key in (
            "enter",
            *["greater_than_sign"] * 5,
            "escape",
            "e",
            "escape",
            "Y",
            "escape",
            "z",
            "escape",
            "K",
            "u",
        ):
            await pilot.press(key)
            await quiet(pilot)
            assert harmful(drawn(app)) == []
        await pilot.press("w")
        await settled(pilot, lambda: isinstance(app.screen, PickerDialog) or app.main.footer.news)
        assert harmful(drawn(app)) == []
        assert view.is_attached


def test_a_rate_never_rounds_failures_away() -> None:
    assert rate_words(0.9999) == "99.9 %"
    assert rate_words(1.0) == "100 %"
    assert spark([(0, 0), (100, 100), (99, 100), (50, 100)], UNICODE)[:2] == "·█"
    assert len(spark([(1, 1)] * 14, ASCII)) == 14
