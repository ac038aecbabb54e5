"""Mail, used: the core job by keys, each deed, many at once, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widgets import Input

from booking_tui.domain.mail.email import EmailState, Settled
from booking_tui.ports import DeedRefused
from booking_tui.services.status import EngineStatus, Lamp, LampLevel
from booking_tui.tui.dialogs.confirm import Confirm
from booking_tui.tui.dialogs.mail_edit import MailEditDialog
from booking_tui.tui.dialogs.mail_many import ManyDialog
from booking_tui.tui.dialogs.picker import PickerDialog
from booking_tui.tui.views.mail import MailView
from booking_tui.tui.widgets import table
from tests.tui_views.mail_story import RIGHT, SLIP, MailHome, go_to_mail, stands_on, to_mail
from tests.tui_views.story import NOW, at, pane_text, quiet, screen_text, settled

WIDE, NARROW = (120, 36), (80, 24)


def status_with(lamp: Lamp) -> EngineStatus:
    return EngineStatus("tui", "1", NOW, 8377, 8378, None, (lamp,))


def news(view: MailView) -> str:
    return view.app.main.footer.news or ""


async def deed(pilot, view: MailView, *keys: str) -> None:
    """Press keys and wait until what they did is told."""
    view.app.main.footer.calm()
    await pilot.press(*keys)
    await settled(pilot, lambda: news(view))


@pytest.mark.parametrize("first", ["5", "exclamation_mark"])
async def test_one_slip_is_mended_by_three_keys(post: MailHome, mails: dict[str, str], first: str) -> None:
    bad = Lamp("mail", LampLevel.BAD, "mail 7 failed", "7 emails did not arrive; ! leads to the first")
    app = post.app()
    app._status = lambda: status_with(bad)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press(first, "e", "enter")
        view = app.main.view
        assert isinstance(view, MailView)
        await settled(pilot, lambda: "sending to" in news(view))
        assert news(view) == f"sending to {RIGHT} in 5 s; u stops it"
        old = post.queries.email(mails["slip"])
        assert old is not None
        assert old.settled is Settled.FIXED
        new = post.mail("bk-fay-nguyen")
        assert (new.to, new.revision, new.state) == (RIGHT, 2, EmailState.SCHEDULED)
        booking = post.queries.booking_detail("bk-fay-nguyen")
        assert booking is not None
        assert booking.booking.attendees[0].email == RIGHT
        assert {one.to for one in post.queries.mails_of("bk-fay-nguyen")} == {SLIP, RIGHT}
        # The next one that failed is under the cursor already.
        await settled(pilot, lambda: view.row is not None and view.row.id != mails["slip"])
        post.clock.instant = NOW + timedelta(seconds=6)
        await settled(pilot, lambda: news(view) == f"sending to {RIGHT} now")
        post.send()
        await settled(pilot, lambda: "Resend has it" in news(view))
        assert post.provider.sent[-1]["to"] == [f"Fay Nguyen <{RIGHT}>"]


async def test_u_stops_what_has_not_left_and_says_what_has(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("e", "enter")
        await settled(pilot, lambda: "u stops it" in news(view))
        await deed(pilot, view, "u")
        await settled(pilot, lambda: "taken back" in news(view))
        slip = post.queries.email(mails["slip"])
        assert slip is not None
        assert (slip.settled, slip.to) == (None, SLIP)
        booking = post.queries.booking_detail("bk-fay-nguyen")
        assert booking is not None
        assert booking.booking.attendees[0].email == SLIP
        await stands_on(pilot, view, mails["slip"])
        await pilot.press("e", "enter")
        await settled(pilot, lambda: "u stops it" in news(view))
        post.send(NOW + timedelta(seconds=6))
        await deed(pilot, view, "u")
        await settled(pilot, lambda: "too late" in news(view))
        await deed(pilot, view, "u")
        assert news(view) == "there is nothing to undo"


async def test_retry_hold_release_and_cancel(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        go_to_mail(view, mails["dead"])
        await stands_on(pilot, view, mails["dead"])
        await deed(pilot, view, "r")
        assert news(view) == "sending to Hal Roy in 5 s; u stops it"
        assert [
            (one.revision, one.state) for one in post.queries.mails_of("bk-hal-roy") if one.kind == "confirmation"
        ] == [
            (1, EmailState.DEAD),
            (2, EmailState.SCHEDULED),
        ]
        view.show_target("planned")
        await settled(pilot, lambda: view.row is not None and view.row.state is EmailState.SCHEDULED)
        await stands_on(pilot, view)
        row = view.row
        assert row is not None
        await deed(pilot, view, "P")
        assert news(view).startswith("held the ")
        held = post.queries.email(row.id)
        assert held is not None
        assert held.state is EmailState.HELD
        await deed(pilot, view, "u")
        assert "taken back: held the" in news(view)
        await settled(pilot, lambda: row.id in {each.id for each in post.all("planned")})
        go_to_mail(view, row.id)
        await stands_on(pilot, view, row.id)
        await deed(pilot, view, "x")
        assert news(view).startswith("called off the ")
        off = post.queries.email(row.id)
        assert off is not None
        assert off.state is EmailState.CANCELLED
        view.show_target(row.id)
        await stands_on(pilot, view, row.id)
        assert view.head.group == "skipped"
        await deed(pilot, view, "x")
        assert "nothing left to cancel" in news(view)


async def test_what_is_held_is_let_go_and_says_when_it_goes(post: MailHome) -> None:
    planned = post.all("planned")[5]
    post.set(planned, NOW, state="held", reason="held_by_you", next_at=None)
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        view.show_target(planned.id)
        await stands_on(pilot, view, planned.id)
        assert view.head.group == "planned"
        assert "‖ held" in screen_text(pilot.app)
        await deed(pilot, view, "P")
        assert "let go" in news(view)
        assert "it goes out" in news(view)


async def test_keep_stops_asking_and_can_be_undone(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await deed(pilot, view, "K")
        assert news(view) == "kept the confirmation to Fay Nguyen as it is; u undoes it"
        await settled(pilot, lambda: view.table.total == 6)
        await deed(pilot, view, "u")
        await settled(pilot, lambda: view.table.total == 7)
        assert view.row is not None


async def test_snooze_takes_a_usual_time_or_one_that_is_typed(post: MailHome) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        row = next(email for email in post.all("planned") if email.to == "oda@example.com")
        view.show_target(row.id)
        await stands_on(pilot, view, row.id)
        await pilot.press("z")
        await settled(pilot, lambda: isinstance(pilot.app.screen, PickerDialog))
        await pilot.press(*"tomorrow 9:00", "enter")
        # Tomorrow is tomorrow, and not the day after that on which it is planned.
        await settled(pilot, lambda: "Fri 5 Mar 09:00  it is planned for" in screen_text(pilot.app))
        await pilot.press("ctrl+u", *"13:15", "enter")
        await settled(pilot, lambda: "put off" in news(view))
        put_off = post.queries.email(row.id)
        assert put_off is not None
        assert put_off.send_at == at(6, 13, 15)
        await stands_on(pilot, view)
        await pilot.press("z", "enter")
        await settled(pilot, lambda: "put off" in news(view))
        await deed(pilot, view, "P")
        await deed(pilot, view, "z", "enter")
        assert news(view).endswith("you hold it; P lets it go at that time; u undoes it")
        held = post.queries.email(row.id)
        assert held is not None
        assert held.state is EmailState.HELD


async def test_what_was_never_sent_is_sent_and_not_retried(post: MailHome) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        view.show_target("planned")
        await settled(pilot, lambda: view.row is not None and view.row.state is EmailState.SCHEDULED)
        assert "r Send now" in screen_text(pilot.app)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) > 11)
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ManyDialog))
        asked = screen_text(pilot.app)
        assert "Send 23 emails?" in asked
        assert "ahead of its time" in asked
        await pilot.press("escape")


async def test_what_may_arrive_twice_is_asked_first(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        go_to_mail(view, mails["unknown"])
        await stands_on(pilot, view, mails["unknown"])
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "may be there twice" in screen_text(pilot.app)
        await pilot.press("enter")
        await quiet(pilot)
        unknown = post.queries.email(mails["unknown"])
        assert unknown is not None
        assert unknown.settled is None
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("tab", "enter")
        await settled(pilot, lambda: "u stops it" in news(view))
        assert post.mail("bk-dana-okafor").revision == 2


async def test_many_of_one_cause_by_five_keys_and_a_word(post: MailHome, mails: dict[str, str]) -> None:
    ids = post.flood(12)
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("w")
        await settled(pilot, lambda: isinstance(pilot.app.screen, PickerDialog))
        await pilot.press("enter")
        await settled(pilot, lambda: view.filter.chosen.text == "why:tries_used" and view.table.total == 13)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == 13)
        await pilot.press("R")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ManyDialog))
        await pilot.press(*"retri", "enter")
        assert isinstance(pilot.app.screen, ManyDialog)
        pilot.app.screen.query_one(Input).value = ""
        await pilot.press(*"retry", "enter")
        await settled(pilot, lambda: "u stops it" in news(view))
        assert news(view) == "sending 13 emails in 5 s; u stops it"
        assert all(email.state is EmailState.SCHEDULED for email in map(post.queries.email, ids) if email)
        assert "All settled." not in screen_text(pilot.app)
        await deed(pilot, view, "u")
        await settled(pilot, lambda: "taken back" in news(view))
        assert all(email.state is EmailState.DEAD for email in map(post.queries.email, ids) if email)


async def test_a_few_at_once_are_told_in_one_sentence(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        post.set(post.queries.email(mails["slip"]), NOW, state="complained", reason="complained")
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == 7)
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await settled(pilot, lambda: "u stops it" in news(view))
        assert news(view).startswith("sending 5 emails, 1 was refused: this person marked your email as spam")
        assert len(view.table.marks) == 0


async def test_holding_everything_is_loud_and_turned_back(post: MailHome) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        assert not view.stand.display
        await deed(pilot, view, "S")
        await settled(pilot, lambda: view.stand.display)
        assert "Nothing is sent. You hold everything, since 09:36" in screen_text(pilot.app)
        await deed(pilot, view, "e", "enter")
        assert "S goes on" in news(view)
        new = post.mail("bk-fay-nguyen")
        view.show_target(new.id)
        await stands_on(pilot, view, new.id)
        post.clock.instant = NOW + timedelta(minutes=1)
        view.read_again()
        # It is due, and yet it does not go on by itself.
        held = "Not while nothing is sent. You hold everything, since 09:36. S goes on sending."
        await settled(pilot, lambda: f"Next {held}" in pane_text(view.side.why.text))
        assert f"next {held}" in pane_text(view.side.tries.text)
        post.clock.instant = NOW + timedelta(hours=8)
        view.read_again()
        await settled(pilot, lambda: view.summary is not None and view.summary.counts.due)
        await pilot.press("S")
        await settled(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("tab", "enter")
        await settled(pilot, lambda: not view.stand.display)


async def test_a_correction_that_was_not_sent_is_kept(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("e")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MailEditDialog))
        dialog = pilot.app.screen
        dialog.query_one("#to", Input).value = "fay@@gmail.com"
        await pilot.press("enter")
        await quiet(pilot)
        assert pilot.app.screen is dialog
        assert "An address has one @, and this one has 2." in screen_text(pilot.app)
        dialog.query_one("#to", Input).value = "fay@example.com"
        await pilot.press("escape")
        await settled(pilot, lambda: "is kept" in news(view))
        await pilot.press("e")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MailEditDialog))
        assert pilot.app.screen.query_one("#to", Input).value == "fay@example.com"
        assert "draft" in screen_text(pilot.app)


async def test_what_the_desk_refuses_is_said(post: MailHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(order: object) -> None:
        raise DeedRefused("the other process does not answer")

    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        monkeypatch.setattr(post.desk, "mail", refuse)
        await deed(pilot, view, "e", "enter")
        assert news(view) == "the other process does not answer; what you typed is kept, e goes on with it"
        await deed(pilot, view, "K")
        assert news(view) == "the other process does not answer"


async def test_all_settled_says_what_comes_next(post: MailHome) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == 7)
        await deed(pilot, view, "K")
        assert news(view) == "kept 7 emails as they are; u undoes it"
        await settled(pilot, lambda: view.table.total == 0 and view.reading is None)
        text = screen_text(pilot.app)
        assert "All settled." in text
        assert "23 planned, next 09:36." in text or "23 planned, next" in text
        assert "1 is tried again by itself." in text


async def test_the_last_one_settled_from_beside_the_list_leads_back_to_it(post: MailHome) -> None:
    async with post.app().run_test(size=NARROW) as pilot:
        view = await to_mail(pilot)
        await pilot.press("asterisk")
        await settled(pilot, lambda: len(view.table.marks) == 7)
        await pilot.press("enter")
        assert view.has_class("-full")
        await deed(pilot, view, "K")
        await settled(pilot, lambda: view.table.total == 0 and view.reading is None)
        assert view.table.has_focus
        assert not view.side.display
        assert "All settled." in screen_text(pilot.app)


async def test_of_more_than_can_be_marked_the_first_are_and_it_is_said(
    post: MailHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST", 2)
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await deed(pilot, view, "asterisk")
        assert news(view) == "marked the first 2; there are more"
        assert len(view.table.marks) == 2
