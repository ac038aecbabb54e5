"""Mail, asked: what the desk refuses unless it is told so, what a sheet begins with, and which times it offers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widgets import Input, TextArea

from booking_tui.tui.dialogs.mail_ask import MailAskDialog
from booking_tui.tui.dialogs.mail_edit import MailEditDialog
from booking_tui.tui.dialogs.picker import PickerDialog
from booking_tui.tui.views.today_feed import feed_words
from tests.tui_views.mail_story import RIGHT, SLIP, MailHome, stands_on, to_mail
from tests.tui_views.story import NOW, quiet, screen_text, settled
from tests.tui_views.test_mail_flow import news

WIDE = (120, 36)


async def edited(pilot, post: MailHome, email_id: str) -> MailEditDialog:
    view = await to_mail(pilot)
    await stands_on(pilot, view, email_id)
    await pilot.press("e")
    await settled(pilot, lambda: isinstance(pilot.app.screen, MailEditDialog))
    return pilot.app.screen


async def test_what_arrives_nowhere_is_asked_with_the_correction_first(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await stands_on(pilot, view, mails["slip"])
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MailAskDialog))
        assert "Nothing arrives at this address" in screen_text(pilot.app)
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MailEditDialog))
        await pilot.press("escape")
        await settled(pilot, lambda: pilot.app.screen is pilot.app.main)
        await pilot.press("r")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MailAskDialog))
        await pilot.press("tab", "tab", "enter")
        await settled(pilot, lambda: "u stops it" in news(view))
        sent = post.mail("bk-fay-nguyen")
        assert (sent.to, sent.revision) == (SLIP, 2)


@pytest.mark.parametrize(
    ("typed", "keys", "sent_to"),
    [("fay.nguyen@gmaill.com", ("enter",), RIGHT), ("fay@gmial.com", ("tab", "enter"), "fay@gmial.com")],
)
async def test_a_mistyped_address_is_asked_and_enter_takes_the_likely_one(
    post: MailHome, mails: dict[str, str], typed: str, keys: tuple[str, ...], sent_to: str
) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        dialog = await edited(pilot, post, mails["slip"])
        dialog.query_one("#to", Input).value = typed
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MailAskDialog))
        assert "looks mistyped" in screen_text(pilot.app)
        await pilot.press(*keys)
        await settled(pilot, lambda: "u stops it" in news(pilot.app.main.view))
        assert post.mail("bk-fay-nguyen").to == sent_to


async def test_the_letter_stands_in_the_sheet_as_it_would_go_out(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        dialog = await edited(pilot, post, mails["slip"])
        text = dialog.query_one(TextArea)
        await settled(pilot, lambda: text.text.startswith("Hello Fay Nguyen,"))
        assert "2027" not in text.text
        assert dialog.typed.changes(dialog._detail.email) == (RIGHT, None, None)
        text.text = f"{text.text} Bring a pen."
        assert dialog.typed.changes(dialog._detail.email)[2] == text.text
        await quiet(pilot)


async def test_only_times_at_which_it_still_makes_sense_are_offered(post: MailHome) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        row = next(email for email in post.all("planned") if email.to == "oda@example.com")
        post.set(row, NOW, useful_until=row.send_at + timedelta(hours=2))
        view.show_target(row.id)
        await stands_on(pilot, view, row.id)
        await pilot.press("z")
        await settled(pilot, lambda: isinstance(pilot.app.screen, PickerDialog))
        text = screen_text(pilot.app)
        assert "An hour later" in text
        assert "Three hours later" not in text
        await pilot.press(*"when", "space", *"I", "space", *"like")
        await settled(pilot, lambda: "write 18:30, tomorrow 9:00, +2h" in screen_text(pilot.app))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, PickerDialog)


async def test_what_failed_cannot_be_put_off_and_says_so_at_once(post: MailHome, mails: dict[str, str]) -> None:
    async with post.app().run_test(size=WIDE) as pilot:
        view = await to_mail(pilot)
        await stands_on(pilot, view, mails["slip"])
        await pilot.press("z")
        await settled(pilot, lambda: news(view) == "only what waits can be put off")


def test_the_feed_says_what_became_of_an_email_first() -> None:
    assert feed_words("Ada Roy: confirmation did not arrive: mailbox full") == (
        "did not arrive: Ada Roy, confirmation (mailbox full)"
    )
    assert feed_words("Ada Roy: 24 h reminder delivered") == "delivered: Ada Roy, 24 h reminder"
    assert feed_words("Ada Roy: booked for Thu 26 Nov 16:00") == "Ada Roy: booked for Thu 26 Nov 16:00"
