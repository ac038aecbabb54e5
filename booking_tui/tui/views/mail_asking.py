"""What the desk refuses unless it is told so: each is asked in words, with the safe answer first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from booking_tui.domain.mail.email import Email, EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.ports.mail_desk import EDIT, RETRY, MailOrder
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.listing import ListView
from booking_tui.tui.views.mail_orders import Outcome
from booking_tui.tui.views.mail_words import address_said, may_be_twice
from booking_tui.tui.work import attempt

_NOBODY = frozenset({MailReason.MAILBOX_UNKNOWN, MailReason.BOUNCED})


class MailAsking(ListView):
    """Asks, and gives the order once more as it was answered."""

    def carry_out(self, order: MailOrder) -> None:
        """Have something done, and say what came of it."""
        raise NotImplementedError

    def do_edit(self) -> None:
        """Ask what is to be corrected."""
        raise NotImplementedError

    def to_be_asked(self, order: MailOrder, done: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give, of what was refused, the emails that may have arrived already, and those that arrive nowhere."""
        if order.deed not in {RETRY, EDIT} or order.even_so or done.likely is not None:
            return (), ()
        found = [attempt(lambda each=each: self.context.queries.email(each)) for each, _ in done.refused]
        emails = [email for email in found if isinstance(email, Email)]
        nowhere = [one for one in emails if one.state is EmailState.BOUNCED and one.reason in _NOBODY]
        twice = [one for one in emails if may_be_twice(one)]
        return tuple(one.id for one in twice), tuple(one.id for one in nowhere) if order.deed == RETRY else ()

    def ask_twice(self, order: MailOrder, ids: Sequence[str], who: str) -> None:
        """Ask before something is sent that may be there already."""
        from booking_tui.tui.dialogs.confirm import Confirm

        one = len(ids) == 1
        title = f"It may have arrived already: {who}" if one else f"{len(ids):,} may have arrived already"
        body = (
            "No answer came back, and it is too long ago to find out by asking again. Sent once more, "
            f"{'it' if one else 'each of them'} may be there twice. Nothing is sent unless you say so; "
            "K keeps it as it is."
        )
        again = replace(order, ids=tuple(ids), even_so=True)
        dialog = Confirm(title, body, "Send, even if twice", danger=True)
        app_of(self).push_screen(dialog, lambda yes: self.carry_out(again) if yes else None)

    def ask_nowhere(self, order: MailOrder, ids: Sequence[str], who: str) -> None:
        """Ask before something is sent again to an address that does not exist."""
        from booking_tui.tui.dialogs.mail_ask import Answer, MailAskDialog

        one = len(ids) == 1
        title = f"Nothing arrives at this address: {who}" if one else f"{len(ids):,} go where nothing arrives"
        body = (
            "The mailbox does not exist, so it would only come back again, and what comes back harms how others get "
            f"your emails. {'Correct the address first.' if one else 'Correct the addresses first.'}"
        )
        answers = [Answer("leave", "Leave as it is"), Answer("send", "Send it even so", danger=True)]
        if one:
            answers.insert(0, Answer("edit", "Correct the address"))

        def chosen(answer: str | None) -> None:
            if answer == "send":
                self.carry_out(replace(order, ids=tuple(ids), even_so=True))
            elif answer == "edit":
                self.do_edit()

        app_of(self).push_screen(MailAskDialog(title, body, answers), chosen)

    def ask_mistyped(self, order: MailOrder, likely: str) -> None:
        """Ask which of two addresses is meant: Enter takes the likelier one."""
        from booking_tui.tui.dialogs.mail_ask import Answer, MailAskDialog

        look = self.context.look
        typed, meant = address_said(order.to or "", look), address_said(likely, look)
        body = f"{typed}\nlooks mistyped. Most likely it is\n{meant}\n\nNothing was sent, and nothing was changed yet."
        answers = [Answer("likely", f"Send to {meant}"), Answer("typed", "Send it as typed", danger=True)]

        def chosen(answer: str | None) -> None:
            if answer == "likely":
                self.carry_out(replace(order, to=likely))
            elif answer == "typed":
                self.carry_out(replace(order, as_typed=True))
            else:
                self.flash("not sent; what you typed is kept, e goes on with it", "plain")

        app_of(self).push_screen(MailAskDialog("Is this address right?", body, answers), chosen)
