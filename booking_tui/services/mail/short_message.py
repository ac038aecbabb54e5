"""What an email says, as a message that is copied and sent another way."""

from __future__ import annotations

from dataclasses import replace

from booking_tui.ports.mail import MailSubjectMatter, MailWriting


def short_message(writing: MailWriting, matter: MailSubjectMatter) -> str:
    """Write the letter, when and where, and who writes: no line is wrapped, and nothing speaks of an email.

    Left out are the links to change the booking, the attached file and "answer this email"; a template of the user's
    own that does not stand on ``layout.txt`` has to ask for ``short`` itself. Raises TemplateBroken.
    """
    return writing.write(replace(matter, short=True)).text.rstrip("\n")
