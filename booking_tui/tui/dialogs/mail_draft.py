"""A correction of an email as it was typed, and what stands there before anything is."""

from __future__ import annotations

from typing import NamedTuple

from booking_tui.domain.mail.email import Email


class MailEdit(NamedTuple):
    """What was typed, and whether it is to be sent."""

    to: str
    subject: str
    words: str
    send: bool = False
    letter: str = ""
    """What the template writes where ``words`` stand; the same words are no text of one's own."""

    def changes(self, email: Email) -> tuple[str | None, str | None, str | None]:
        """Give address, subject and text as they are to be; None for what stays as it is."""
        to = self.to.strip()
        subject, words = self.subject.strip(), self.words.strip()
        words = "" if words == self.letter.strip() else words
        return (
            to if to != email.to else None,
            subject if subject != (email.own_subject or "") else None,
            words if words != (email.own_text or "").strip() else None,
        )


def as_it_is(email: Email, to: str | None = None) -> MailEdit:
    """Give what stands in the fields at first; ``to`` is the address that was probably meant."""
    return MailEdit(to or email.to, email.own_subject or "", email.own_text or "")


def greeting(email: Email) -> str:
    """Give what an own text may begin with."""
    name = email.to_name.strip()
    return f"Hello {name},\n\n" if name else "Hello,\n\n"
