"""Emails written from templates: subject, html, text and calendar file of one matter."""

from __future__ import annotations

from booking_tui.ports.mail import MailParts, MailSubjectMatter
from booking_tui.services.mail.templates import MailTemplates
from booking_tui.services.mail.view import Practice

__all__ = ["MailTemplates", "MailWriter", "Practice"]


class MailWriter:
    """Writes a practice's emails. Any thread may ask."""

    def __init__(self, practice: Practice, templates: MailTemplates | None = None) -> None:
        self.practice = practice
        self.templates = templates or MailTemplates()

    def write(self, matter: MailSubjectMatter) -> MailParts:
        """Render a whole email. Raises TemplateBroken."""
        with self.templates.rendering() as rendering:
            return rendering.parts(matter, self.practice)

    def subject(self, matter: MailSubjectMatter) -> str:
        """Render the subject alone. Raises TemplateBroken."""
        with self.templates.rendering() as rendering:
            return rendering.subject(matter, self.practice)
