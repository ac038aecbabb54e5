"""What the list of emails says while it is empty: why, and the keys that help."""

from __future__ import annotations

from booking_tui.services.mail_queries import MailSummary
from booking_tui.tui.context import Context
from booking_tui.tui.views.mail_head import next_words, nothing_at_all
from booking_tui.tui.views.mail_words import mail_ready
from booking_tui.tui.widgets.table_paint import Notice

_NEXT = (">", "look at the next list")
_WAY = (
    "Then guests are reminded by email, and told of what changes,",
    "and what fails shows here with its cause.",
)
_STEPS = (
    ("1", "make a key at resend.com, and verify your domain there"),
    ("2", "RESEND_API_KEY: the key, in your environment or .env"),
    ("3", "resend.from: name the address that emails come from"),
)


def empty_notice(
    context: Context, group: str, summary: MailSummary | None, *, filtered: bool, leaving: int = 0
) -> Notice:
    """Give what stands in place of emails; ``leaving`` is how many go out in a moment and can still be stopped."""
    if filtered:
        return Notice("No email here matches the filter", (), (_NEXT, ("Esc", "take the filter away")))
    if not mail_ready(context) and nothing_at_all(summary):
        return _not_set_up(context)
    if summary is None:
        return Notice("Nothing here")
    now = context.clock.now()
    if group == "failed":
        waiting = summary.counts.retrying
        lines = [next_words(summary, now, context)]
        if waiting:
            lines.append(f"{waiting:,} {'is' if waiting == 1 else 'are'} tried again by itself.")
        if leaving:
            said = "One leaves in a few seconds." if leaving == 1 else f"{leaving:,} leave in a few seconds."
            return Notice("Nothing else failed.", (said, *lines), (("u", "stop it"), _NEXT))
        return Notice("All settled.", tuple(lines), (_NEXT,), "good")
    titles = {
        "retrying": ("Nothing has to be tried again.", (next_words(summary, now, context),)),
        "planned": ("Nothing is planned", ("Emails are planned when a booking comes in or changes.",)),
        "sent": ("Nothing was sent yet", (next_words(summary, now, context),)),
        "settled": ("Nothing has been settled yet", ("What you mended or kept as it is moves here.",)),
        "skipped": ("Nothing was left out", ("What no longer makes sense is not sent, and shows here.",)),
        "all": ("There are no emails yet", ("They are planned when a booking comes in or changes.",)),
    }
    title, lines_said = titles[group]
    return Notice(title, lines_said, (_NEXT,))


def _not_set_up(context: Context) -> Notice:
    if context.mail_setup is not None:
        return Notice("Sending emails is not set up", _WAY, (("i", "set up sending: the key, and who it is from"),))
    return Notice("Sending emails is not set up", _WAY, (*_STEPS, ("", ""), ("README", "tells each step")))
