"""What the Hooks view does with requests: replay, edit, forget, export, send tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from booking_tui.domain.webhook import WebhookEvent
from booking_tui.ports import DeedAnswer, TestAnswer, TestRequest
from booking_tui.tui import editing
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.views.hooks_copying import curl, editable, edited_body, exports, write_fixture
from booking_tui.tui.views.hooks_outcome import answers_said, outcome_said, outcomes
from booking_tui.tui.views.hooks_panes import PayloadPane, RequestsPane
from booking_tui.tui.views.hooks_reading import EventReading
from booking_tui.tui.views.hooks_words import ms_said
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.views.listing import ListView
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.tui.app import BookingApp
    from booking_tui.tui.views.hooks_list import EventTable

SIGNED_TOO = "A test event is signed as Cal.com signs its own, so a secret comes first."


class HookDeeds(ListView):
    """The deeds; the view itself shows."""

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(context, id=id)
        self.requests = RequestsPane(context)
        self.payload = PayloadPane(context)
        self.reading: EventReading | None = None
        self.drafts: dict[str, str] = {}
        """Edited payloads that were not sent yet, by the id of the event they came from."""
        self._last_story: str | None = None

    @property
    def table(self) -> EventTable:
        """The list of requests."""
        return self.requests.table

    @property
    def main_list(self) -> EventTable:
        return self.requests.table

    @property
    def chosen_ids(self) -> tuple[str, ...]:
        """What a deed is for: the marked requests, or else the one under the cursor."""
        row = self.table.cursor_row
        return self.table.marks.ids or ((row.id,) if row is not None else ())

    @property
    def event(self) -> WebhookEvent:
        """The request that is shown whole; only asked for where ``why_not`` made sure that there is one."""
        assert self.reading is not None  # noqa: S101
        return self.reading.event

    def refused(self, words: str) -> None:
        """Say why a deed was not done."""
        self.flash(words, "error")

    # -- tests

    def do_test(self) -> None:
        from booking_tui.tui.dialogs.catalogue import CatalogueDialog

        context, setup = self.context, cast("BookingApp", app_of(self)).setup

        def signable() -> bool:
            return context.secret_set or context.settings.calcom.allow_unsigned

        def make_secret(done: Callable[[], None]) -> None:
            from booking_tui.tui.dialogs.welcome import WelcomeDialog

            app_of(self).push_screen(WelcomeDialog(context, setup, errand=SIGNED_TOO), lambda _: done())

        dialog = CatalogueDialog(
            context.stories(),
            last=self._last_story,
            signable=signable,
            make_secret=None if setup is None else make_secret,
        )
        app_of(self).push_screen(dialog, self._send_test)

    def _send_test(self, request: TestRequest | None) -> None:
        if request is None:
            return
        self._last_story = request.scenario
        self.flash(f"sending {request.scenario} …", "plain")
        run_in_thread(
            self,
            lambda: self.context.desk.send_test(request),
            self._tested,
            group="send-test",
            description="send a test event",
            failed=self.refused,
        )

    def _tested(self, answers: list[TestAnswer]) -> None:
        self.flash(*answers_said(answers))
        self.see_newest()

    # -- replay, edit

    def do_replay(self) -> None:
        ids = self.chosen_ids
        run_in_thread(
            self,
            lambda: outcomes(self.context.queries, self.context.desk.replay(ids)),
            self._replayed,
            group="replay",
            description="replay requests",
            failed=self.refused,
        )

    def _replayed(self, made: list[WebhookEvent]) -> None:
        self.table.unmark_all()
        self.flash(*outcome_said(made))
        self.see_newest()

    def do_edit(self) -> None:
        event = self.event
        if event.body_bytes > len(event.body):
            self.refused("only a part of this body was kept, so there is nothing whole to edit")
            return
        kept = self.drafts.get(event.id)
        try:
            edited = editing.edit_text(app_of(self), kept or editable(event), ".json")
        except editing.EditorError as error:
            self.refused(str(error))
            return
        if edited is None and kept is None:
            self.flash("nothing was changed, so nothing is sent", "plain")
            return
        self.drafts[event.id] = edited or kept or ""
        self._ask_how(event)

    def _ask_how(self, event: WebhookEvent) -> None:
        from booking_tui.tui.dialogs.resend import AGAIN, ResendDialog

        body, value, problem = edited_body(self.drafts[event.id])
        _, old, _ = edited_body(event.body.decode("utf-8", "surrogateescape"))

        def answered(answer: str | None) -> None:
            if answer is None:
                self.flash("not sent; the edited text is kept, e goes on with it", "plain")
            elif answer == AGAIN:
                self.do_edit()
            else:
                self._resend(event, body, sign=answer == "sign")

        app_of(self).push_screen(ResendDialog(old, value, problem, note=self._fate_of(event, body)), answered)

    def _fate_of(self, event: WebhookEvent, body: bytes) -> str:
        """Say what will become of an edited payload once it is sent."""
        from booking_tui.tui.dialogs.resend import NOTE, NOTE_DEMO, NOTE_REAL

        if self.context.demo:
            return NOTE_DEMO
        uid = event.booking_uid
        named = [uid] if uid and f'"{uid}"'.encode() in body else []
        return NOTE_REAL if any(not row.test for row in self.context.queries.booking_rows(named)) else NOTE

    def _resend(self, event: WebhookEvent, body: bytes, *, sign: bool) -> None:
        run_in_thread(
            self,
            lambda: self.context.desk.resend(event.id, body, event.headers, sign=sign),
            lambda answer: self._resent(event.id, answer),
            group="resend",
            description="send an edited request",
            failed=lambda words: self.refused(f"{words}; the edited text is kept, e goes on with it"),
        )

    def _resent(self, event_id: str, answer: DeedAnswer) -> None:
        if answer.status is None or answer.status >= 500:
            words = answer.error or f"the listener answered {answer.status}"
            self.refused(f"{words}; the edited text is kept, e goes on with it")
            return
        self.drafts.pop(event_id, None)
        after = f"in {ms_said(answer.latency_ms)} ms"
        if answer.duplicate:
            self.flash(f"answered {answer.status} {after}: seen before, so it was not applied again", "warning")
        elif answer.status == 200:
            self.flash(f"answered 200 {after}")
        else:
            self.flash(f"answered {answer.status} {after}: see why it was refused", "warning")
        self.see_newest()

    # -- forget, export, copy

    def do_forget(self) -> None:
        from booking_tui.tui.dialogs.confirm import Confirm

        ids = self.chosen_ids
        many = len(ids) > 1
        title = f"Forget {len(ids):,} requests?" if many else "Forget this request?"
        body = (
            "What is kept here of it is deleted: bytes, headers, verdict. The bookings it changed stay, and a "
            "repeat is still recognised. This cannot be undone."
        )
        verb = f"Forget {len(ids):,}" if many else "Forget it"
        app_of(self).push_screen(Confirm(title, body, verb, danger=True), lambda yes: self._forget(ids, sure=bool(yes)))

    def _forget(self, ids: Sequence[str], *, sure: bool) -> None:
        if not sure:
            return

        def done(count: int) -> None:
            self.table.unmark_all()
            self.flash(f"forgot {count:,} request{'' if count == 1 else 's'}")
            self.table.reread()

        run_in_thread(
            self,
            lambda: self.context.desk.forget(ids),
            done,
            group="forget",
            description="forget requests",
            failed=self.refused,
        )

    def do_export(self) -> None:
        event, make = self.event, self.context.fixture
        if make is None:
            return

        home = self.context.queries.records.database.path.parent

        def write() -> Path:
            return write_fixture(make(event), exports(home))

        run_in_thread(
            self,
            write,
            lambda path: self.flash(
                f"holds the client's name and email; secrets masked, signed anew: {path}", "warning"
            ),
            group="export",
            description="write a fixture",
            failed=self.refused,
        )

    def do_curl(self) -> None:
        self.copy(curl(self.event, self.send_url), "a curl with the true bytes, secrets in them included")

    @property
    def send_url(self) -> str:
        """Where a request is sent to by hand."""
        listener = self.context.settings.listener
        return self.context.webhook_url() or f"http://{listener.host}:{listener.port}/webhooks/calcom"

    def copy(self, text: str, what: str) -> None:
        """Copy and say so."""
        self.flash(copy_words(app_of(self), text, what=what))

    def do_editor(self) -> None:
        try:
            editing.edit_text(app_of(self), editable(self.event), ".json")
        except editing.EditorError as error:
            self.refused(str(error))
            return
        self.flash("the editor had the true bytes; nothing was changed here, e edits and sends", "plain")

    def do_signing(self) -> None:
        from booking_tui.tui.dialogs.signing import SigningDialog

        reading = self.reading
        if reading is not None and reading.why is not None:
            app_of(self).push_screen(SigningDialog(reading.event, reading.why, glyphs(self.context.look)))

    def see_newest(self) -> None:
        """Go to the row that one's own deed has made, unless the list is held still."""
        if self.table.paused:
            self.table.reread()
        else:
            self.table.move_to_top()
