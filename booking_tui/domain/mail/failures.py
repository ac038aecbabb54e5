"""Every cause in plain words: what went out and may not have arrived, was refused, or came back."""

from __future__ import annotations

from booking_tui.domain.mail.causes import BY_ITSELF, Cause
from booking_tui.domain.mail.reasons import MailReason

_ASK = "Only if you know that it did not arrive: ask {who}, or look at Resend's own list."

UNKNOWN: dict[MailReason, Cause] = {
    MailReason.NO_ANSWER: Cause(
        "no answer",
        "No answer came back",
        "It may have arrived, because no answer came back.",
        "The {mail} to {who} left this machine, and the connection ended before Resend said whether it has it.",
        _ASK,
        ("keep", "text", "retry", "open_booking"),
    ),
    MailReason.NOT_THE_PROVIDER: Cause(
        "strange answer",
        "Something else than Resend answered",
        "Something else than Resend answered.",
        "Most likely it was a sign-in page of this network, or a proxy. Whether the {mail} to {who} went through is "
        "not known.",
        _ASK,
        ("keep", "text", "retry", "settings", "open_booking"),
    ),
    MailReason.INTERRUPTED: Cause(
        "interrupted",
        "The program ended meanwhile",
        "It may have arrived, because the program ended while it was being sent.",
        "The {mail} to {who} was on its way when the program stopped, and the answer was lost with it.",
        _ASK,
        ("keep", "text", "retry", "open_booking"),
    ),
    MailReason.KEY_EXPIRED: Cause(
        "may be sent",
        "May have been sent, too long ago to ask",
        "It may have arrived, and it is too long ago to find out by asking again.",
        "Resend remembers a key for one day; after that, the same email would count as a new one. It is not simply "
        "sent again, because {who} might get it twice.",
        _ASK,
        ("keep", "text", "retry", "open_booking"),
    ),
    MailReason.BODY_DIFFERS: Cause(
        "probably sent",
        "Probably sent",
        "It was probably sent.",
        "Resend knows the key of this email already, with a slightly different content. An earlier version went out, "
        "and its answer was lost.",
        "No, unless {who} says that nothing came.",
        ("keep", "text", "retry", "open_booking"),
    ),
    MailReason.BATCH_CHANGED: Cause(
        "batch changed",
        "Went in a batch that cannot be asked about",
        "It may have arrived with others, and cannot be asked about any more.",
        "It went out together with other emails, and no answer came back. One of them is not to be sent any more as "
        "it was, so the same batch must not be sent again.",
        _ASK,
        ("keep", "text", "retry", "open_booking"),
    ),
    MailReason.OTHER_ACCOUNT: Cause(
        "other account",
        "Went out by another account",
        "It may have arrived by the account that was set before.",
        "The {mail} to {who} went out by another key or address of Resend's, and no answer came back. The one that is "
        "set now knows nothing of it, and would send it once more.",
        "Only if the account before does not show it; with its key it goes on by itself.",
        ("keep", "text", "retry", "settings", "open_booking"),
    ),
}

IN_DOUBT = Cause(
    "in doubt",
    "May have been sent",
    "It may have arrived: whether an earlier try was taken is not known.",
    "The {mail} to {who} was handed over, and no answer said what became of it. To the latest try: {since}",
    _ASK,
    ("keep", "text", "retry", "open_booking"),
)
"""Unknown, and what was answered last says nothing of what may have been taken before."""

DOUBTFUL = Cause(
    "may have gone",
    "May have been sent, and no longer wanted",
    "It may have arrived, and is no longer wanted.",
    "The {mail} to {who} left this machine, and no answer came back. Since then: {since} It is not asked about again, "
    "because that could send it.",
    "No. If it matters, tell {who} another way.",
    ("text", "open_booking", "keep"),
)
"""Unknown for one of the reasons above, and called off meanwhile."""

DEAD: dict[MailReason, Cause] = {
    MailReason.REJECTED: Cause(
        "refused",
        "Refused by Resend",
        "Resend refuses this email as it is.",
        "Something in the {mail} to {who} is not accepted, most often the address. Nothing was sent.",
        "Yes, once it is corrected.",
        ("edit", "text", "open_booking", "keep"),
    ),
    MailReason.TRIES_USED: Cause(
        "tries used up",
        "All tries are used up",
        "All tries are used up.",
        "Resend answered with errors of its own for most of a day. As far as is known, {who} got nothing.",
        "Yes, when Resend is well again.",
        ("retry", "text", "open_booking", "keep"),
    ),
    MailReason.PROGRAM_FAULT: Cause(
        "not understood",
        "Resend does not understand the request",
        "Resend does not understand the request.",
        "Either resend.api_url in the settings leads elsewhere, or this program is at fault. Nothing was sent.",
        "Yes, once the setting or the program is mended.",
        ("settings", "retry", "text", "keep"),
    ),
}

SAID_LATER: dict[MailReason, Cause] = {
    MailReason.MAILBOX_UNKNOWN: Cause(
        "no mailbox",
        "The mailbox does not exist",
        "The mailbox does not exist.",
        "The server of {domain} knows nobody at {to}. Most often a letter is wrong or missing.",
        "No, not to this address.",
        ("edit", "text", "open_booking", "keep"),
    ),
    MailReason.MAILBOX_FULL: Cause(
        "mailbox full",
        "The mailbox is full",
        "The mailbox is full.",
        "The server of {domain} takes nothing for {to} until there is room again.",
        "Perhaps later; another way is surer.",
        ("text", "retry", "edit", "open_booking", "keep"),
    ),
    MailReason.MESSAGE_TOO_LARGE: Cause(
        "too large",
        "Too large for the mailbox",
        "The message is too large for this mailbox.",
        "The server of {domain} takes only smaller ones for {to}.",
        "No, not as it is. Yes, with a shorter text.",
        ("edit", "text", "open_booking", "keep"),
    ),
    MailReason.CONTENT_REJECTED: Cause(
        "text refused",
        "The content is refused",
        "The receiving server refuses the content.",
        "The server of {domain} took the {mail} for spam, or does not let its attachment or links through.",
        "No, not with this content.",
        ("edit", "text", "open_booking", "keep"),
    ),
    MailReason.BOUNCED: Cause(
        "bounced",
        "Came back",
        "It came back.",
        "The server of {domain} refuses the {mail} to {to} for good. Its own words are with the tries.",
        "No, not to this address.",
        ("edit", "text", "open_booking", "keep"),
    ),
    MailReason.BOUNCED_SOFT: Cause(
        "bounced, soft",
        "Came back, perhaps not for good",
        "It came back, perhaps not for good.",
        "The server of {domain} had a passing trouble, and Resend has stopped trying.",
        "Yes, it may work now.",
        ("retry", "text", "edit", "open_booking", "keep"),
    ),
    MailReason.COMPLAINED: Cause(
        "marked as spam",
        "Marked as spam",
        "It arrived and was marked as spam.",
        "{who}, or the mail program at {to}, marked it as spam. Resend sends nothing more to this address.",
        "No. Ask {who} another way.",
        ("text", "open_booking", "keep"),
    ),
    MailReason.SUPPRESSED: Cause(
        "suppressed",
        "On Resend's suppression list",
        "Resend does not send to this address.",
        "An earlier email to {to} came back or was marked as spam, so it is on Resend's suppression list. This one was "
        "not sent.",
        "Only when the address is right and off the list.",
        ("edit", "text", "open_booking", "keep"),
    ),
    MailReason.PROVIDER_FAILED: Cause(
        "failed there",
        "Failed at Resend",
        "Resend took it and could not send it.",
        "Something failed there later on. {who} got nothing.",
        "Yes, it may work now.",
        ("retry", "text", "edit", "open_booking", "keep"),
    ),
    MailReason.DELAYED: Cause(
        "delayed",
        "Delayed by the receiving server",
        "The receiving server lets it wait.",
        "The server of {domain} does not take it yet, and Resend keeps trying by itself.",
        BY_ITSELF,
        ("text", "open_booking"),
    ),
}

SENT_ALL_THE_SAME = Cause(
    "sent anyway",
    "Sent although it was called off",
    "It went out although it was called off.",
    "Resend sent it before it could be stopped, and what it says no longer holds. Tell {who} so.",
    "No, it cannot be called back.",
    ("text", "open_booking", "keep"),
)
"""What could not be called off, once it is known to have gone out."""
