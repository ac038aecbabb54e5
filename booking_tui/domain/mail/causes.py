"""Every cause in plain words: why an email was not sent, or waits. What was tried and failed is in ``failures.py``.

``{who}`` is the guest, ``{to}`` the address, ``{domain}`` its server, ``{mail}`` the kind, ``{wait}`` the time until
the next try.
"""

from __future__ import annotations

from typing import NamedTuple

from booking_tui.domain.mail.reasons import MailReason


class Cause(NamedTuple):
    """What is said of one cause."""

    short: str
    """For a table's column: 14 characters at most."""
    group: str
    """For several emails of this cause."""
    title: str
    detail: str
    again: str
    do: tuple[str, ...]


BY_ITSELF = "It goes on by itself{wait}."
NOT_NEEDED = "Not needed."

SKIPPED: dict[MailReason, Cause] = {
    MailReason.TOO_LATE: Cause(
        "too late",
        "Too late to be of use",
        "Its time had passed.",
        "This program slept, was closed or could not send until it was too late to help {who}. A reminder later than "
        "the start of its meeting is never sent.",
        "No, it would only confuse now.",
        ("text", "open_booking"),
    ),
    MailReason.FOLDED: Cause(
        "folded",
        "A later reminder went in their place",
        "A later reminder went out in its place.",
        "Several reminders of this meeting were due at once. {who} gets only the one that is nearest to it.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    MailReason.BOOKED_TOO_LATE: Cause(
        "booked late",
        "Booked after the reminder's time",
        "The meeting was booked after the time of this reminder.",
        "When the booking came, or was changed, the time for this reminder had passed already. Nothing went wrong.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    MailReason.IMPORTED: Cause(
        "older booking",
        "Known only after the reminder's time",
        "The booking became known after the time of this reminder.",
        "It was read from history, not told as it happened. Nothing is sent for what lies in the past.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    MailReason.MEETING_OVER: Cause(
        "meeting over",
        "The meeting is over",
        "The meeting is over.",
        "The email could not be sent before. One about a meeting that is over is never sent.",
        "No, there is nothing left to say.",
        ("open_booking",),
    ),
    MailReason.GUEST_ABSENT: Cause(
        "did not come",
        "The guest did not come",
        "The guest did not come.",
        "{who} is marked as absent. Nobody is asked how a meeting was that they missed.",
        "Only if the mark is wrong: clear it at the booking.",
        ("open_booking",),
    ),
}

CANCELLED: dict[MailReason, Cause] = {
    MailReason.BOOKING_CANCELLED: Cause(
        "cancelled",
        "The booking was cancelled",
        "The booking was cancelled.",
        "The {mail} to {who} was called off with it, before it was sent.",
        "No, the meeting does not take place.",
        ("open_booking",),
    ),
    MailReason.BOOKING_MOVED: Cause(
        "moved",
        "The meeting was moved",
        "The meeting was moved to another time.",
        "The {mail} to {who} spoke of the old time and was not sent. The new time has emails of its own.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    MailReason.BOOKING_CHANGED: Cause(
        "out of date",
        "The booking has changed since",
        "The booking has changed since.",
        "What the {mail} tells is no longer so: the booking was confirmed, declined or removed meanwhile, or {who} no "
        "longer takes part. It was not sent.",
        "No, it would tell what is not so.",
        ("open_booking",),
    ),
    MailReason.SWITCHED_OFF: Cause(
        "switched off",
        "Switched off in the settings",
        "The settings no longer want this kind of email.",
        "The {mail} to {who} was taken out before it was sent.",
        "Yes, once this kind is switched on again.",
        ("settings", "open_booking"),
    ),
    MailReason.BY_YOU: Cause(
        "by you",
        "Cancelled by you",
        "You cancelled it.",
        "The {mail} to {who} was taken out before it was sent.",
        "Yes, if you want it after all.",
        ("retry", "open_booking"),
    ),
    MailReason.REPLACED: Cause(
        "replaced",
        "Replaced by a newer version",
        "A newer version took its place.",
        "This version was not sent. Look at the newer one.",
        NOT_NEEDED,
        ("open_booking",),
    ),
    MailReason.TAKEN_BACK: Cause(
        "taken back",
        "Taken back by you",
        "You took it back.",
        "This version was not sent to {who}. What counts is the one before it, with all that has come of that since.",
        "No, there is nothing to do here.",
        ("open_booking",),
    ),
}

HELD: dict[MailReason, Cause] = {
    MailReason.NOT_CONFIGURED: Cause(
        "not set up",
        "Sending is not set up",
        "Sending is not set up yet.",
        "A Resend key or the address you send from is missing. Emails wait here, and nothing is lost.",
        "It goes on by itself once sending is set up.",
        ("settings", "text", "cancel"),
    ),
    MailReason.HOLD_ALL: Cause(
        "all held",
        "You hold all emails",
        "You are holding all emails.",
        "Nothing is sent until you let them go. What becomes useless meanwhile is skipped, and says so.",
        "Yes, as soon as you let them go.",
        ("release", "edit", "cancel"),
    ),
    MailReason.HELD_BY_YOU: Cause(
        "held by you",
        "Held by you",
        "You are holding it.",
        "The {mail} to {who} is not sent until you let it go.",
        "Yes, as soon as you let it go.",
        ("release", "edit", "cancel"),
    ),
    MailReason.KEY_REFUSED: Cause(
        "key refused",
        "The API key is refused",
        "Resend refuses the API key.",
        "The key is mistyped, was deleted or is no longer active. All emails wait, and nothing is lost.",
        "Yes, once the key is mended; then it goes on by itself.",
        ("settings", "retry", "text"),
    ),
    MailReason.KEY_RESTRICTED: Cause(
        "key restricted",
        "The API key lacks a right",
        "The API key is not allowed to send this.",
        "It has other rights, or is tied to another domain. It needs sending access for the domain you send from.",
        "Yes, once the key has the right; then it goes on by itself.",
        ("settings", "retry", "text"),
    ),
    MailReason.ACCOUNT_SUSPENDED: Cause(
        "suspended",
        "The Resend account is suspended",
        "Resend has suspended the account or its key.",
        "Their dashboard says why, most often because too many emails came back. All emails wait, and nothing is lost.",
        "Yes, once Resend has lifted it.",
        ("settings", "retry", "text"),
    ),
    MailReason.DOMAIN_NOT_VERIFIED: Cause(
        "not verified",
        "The sender's domain is not verified",
        "The domain you send from is not verified at Resend.",
        "Resend sends only from a domain whose DNS records it has seen; a subdomain counts as another domain. Verify "
        "it at resend.com/domains, or send from one that is.",
        "Yes, once it is verified; then it goes on by itself.",
        ("settings", "retry", "text"),
    ),
    MailReason.OWN_ADDRESS_ONLY: Cause(
        "own addr only",
        "The test sender reaches only you",
        "The test sender reaches only your own address.",
        "Senders at resend.dev are for trying things out. To write to {who}, verify a domain of your own at "
        "resend.com/domains and send from it.",
        "Yes, once you send from a domain of your own.",
        ("settings", "retry", "text"),
    ),
    MailReason.TEMPLATE_BROKEN: Cause(
        "template",
        "A template cannot be used",
        "Its template cannot be used.",
        "There is a mistake in it, so the {mail} to {who} could not be written. Nothing was sent.",
        "It goes on by itself once the template is mended.",
        ("settings", "edit", "retry", "text"),
    ),
    MailReason.NO_ADDRESS: Cause(
        "no address",
        "No address to write to",
        "There is no address to write to.",
        "{who} booked without an email address, or with one that cannot be used.",
        "Yes, once it has an address.",
        ("edit", "text", "cancel", "open_booking"),
    ),
    MailReason.RESTORED: Cause(
        "restored",
        "Due when a backup was restored",
        "A backup was restored, and this may have been sent since it was made.",
        "What was sent after the backup is not known here. It waits for your word, so that {who} does not get it "
        "twice.",
        "Only if Resend's own list does not show it.",
        ("release", "cancel", "keep"),
    ),
    MailReason.CANCEL_FAILED: Cause(
        "not called off",
        "Could not be called off at Resend",
        "It could not be called off at Resend.",
        "Resend has it and will send it at its time, although it is no longer wanted. If it cannot be stopped, tell "
        "{who} so.",
        "Yes: try once more to call it off.",
        ("cancel", "text", "open_booking", "keep"),
    ),
}

RETRYING: dict[MailReason, Cause] = {
    MailReason.RATE_LIMITED: Cause(
        "rate limit",
        "Resend asks to slow down",
        "Resend asks to slow down.",
        "More came in one second than it allows. The {mail} to {who} goes as soon as there is room, and this costs no "
        "try.",
        BY_ITSELF,
        ("retry", "hold", "cancel"),
    ),
    MailReason.OFFLINE: Cause(
        "offline",
        "No connection to Resend",
        "This machine does not reach Resend.",
        "Nothing left this machine: there is no network, or no way to Resend through it. It costs no try.",
        BY_ITSELF,
        ("retry", "text", "hold", "cancel"),
    ),
    MailReason.PROVIDER_DOWN: Cause(
        "provider down",
        "Resend has trouble",
        "Resend has trouble of its own.",
        "It answered with an error on its side. The same email is handed over again, with a key that keeps it from "
        "going out twice.",
        BY_ITSELF,
        ("retry", "text", "hold", "cancel"),
    ),
    MailReason.BUSY: Cause(
        "busy",
        "Resend is still busy with them",
        "Resend is still busy with it.",
        "It says that a request for this very email is running there. Its answer comes with the next try.",
        BY_ITSELF,
        ("open_booking",),
    ),
    MailReason.DAILY_QUOTA: Cause(
        "daily quota",
        "Today's emails are used up",
        "Today's emails are used up.",
        "Your Resend plan allows so many a day, and counts anew from midnight UTC. What is useless by then is skipped, "
        "and says so.",
        BY_ITSELF,
        ("text", "hold", "cancel", "open_booking"),
    ),
    MailReason.MONTHLY_QUOTA: Cause(
        "monthly quota",
        "This month's emails are used up",
        "This month's emails are used up.",
        "Your Resend plan allows so many a month. A larger plan at resend.com helps at once; otherwise they go on with "
        "the next month, and what is useless by then is skipped.",
        BY_ITSELF,
        ("text", "retry", "hold", "cancel"),
    ),
}
