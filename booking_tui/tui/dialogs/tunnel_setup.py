"""Sets the way in up: choose a kind, give what it needs, try it, and see on the same sheet that it works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from booking_tui.domain.tunnel import TunnelState, TunnelStatus
from booking_tui.ports import TunnelSetup
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.sheet import Sheet
from booking_tui.tui.dialogs.tunnel_setup_fields import BROWSE, FIELDS, MISSING, WORKING_KEYS, SetupField, known_values
from booking_tui.tui.dialogs.tunnel_setup_words import (
    KINDS,
    TOKEN_PAGE,
    FieldSaid,
    after_setup,
    chosen_setup,
    field_hints,
    first_kind,
    going_words,
    is_fresh,
    kind_prompt,
    token_missing,
    wrong_field,
)
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.keys_in_hand import KeyWords, ascii_key, key_line
from booking_tui.tui.opening import open_words
from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.key_line import KeyLine
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.tick import Tick
from booking_tui.tui.work import run_in_thread

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

SECOND_S = 1.0
NEWS_S = 4.0


class TunnelSetupDialog(Sheet[str | None]):
    """Gives ``steps`` when the person wants to go on to the four steps at Cal.com, else None."""

    KEYS: ClassVar[KeyWords] = (("↓", "kind"), ("Tab", "next"), ("⏎", "try it"), ("Esc", "leave"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+o", "browse", show=False, priority=True),
        Binding("y", "copy", show=False),
        Binding("w", "steps", show=False),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._tried: datetime | None = None
        self._writing = False
        self._written_only = False
        """Whether the choice was written and no engine runs that could open it."""
        self._news: Content | None = None
        self._kind = first_kind(context.settings, context.tunnel())
        section = context.settings.tunnel
        self._fields = {name: SetupField(name, known) for name, known in known_values(section).items()}
        self._options = OptionList(*(Option(prompt) for prompt in self._prompts()), markup=False)
        about = "keeps clients' words in the agent's memory; for demos"
        self._inspect = Tick("Inspector", about, ticked=section.inspect)
        self._going = Static(id="going")
        self._keys = KeyLine()
        self._button = Button(plain("Try it"), variant="primary", compact=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = plain("Set up the way in")
            with VerticalScroll(can_focus=False):
                if self.context.demo:
                    about = plain("In this demo a stand-in plays the way in; nothing real is changed.")
                    yield Static(about, id="about")
                yield self._options
                yield from self._fields.values()
                yield self._inspect
                yield self._going
                with Horizontal(id="last"):
                    yield self._keys
                    yield self._button

    def on_mount(self) -> None:
        self._options.highlighted = next(n for n, kind in enumerate(KINDS) if kind.name == self._kind)
        self._options.focus()
        self.set_interval(SECOND_S, self.look)
        self._show_kind()

    # -- choosing

    @on(OptionList.OptionHighlighted)
    def choose(self, event: OptionList.OptionHighlighted) -> None:
        """Show what the kind under the cursor needs."""
        kind = KINDS[event.option_index].name
        if kind != self._kind and not self._writing:
            self._kind = kind
            self._show_kind()

    def _prompts(self) -> list[Content]:
        return [kind_prompt(kind, glyphs(self.context.look), chosen=kind.name == self._kind) for kind in KINDS]

    def _show_kind(self) -> None:
        for number, prompt in enumerate(self._prompts()):
            self._options.replace_option_prompt_at_index(number, prompt)
        for name, known in self._fields.items():
            known.display = name in FIELDS[self._kind]
        self._inspect.display = self._kind == "ngrok"
        self._forget_try()

    def _say_hints(self, wrong: FieldSaid | None) -> None:
        """Write below each field what helps there, or what is wrong with it."""
        hints = field_hints(self.context.settings, self.context.tunnel())
        for name, hint in hints.items():
            if wrong is not None and wrong.field == name:
                self._fields[name].say(f"{glyphs(self.context.look).fail} {wrong.words}", wrong=True)
            else:
                self._fields[name].say(hint)

    # -- trying

    @on(OptionList.OptionSelected)
    def chosen(self) -> None:
        """Go on to what the kind still needs; with nothing missing, try it."""
        first = next(iter(FIELDS[self._kind]), None)
        if first is not None and self._missing(self._setup()) is not None:
            self.set_focus(self._fields[first].entry)
        else:
            self.go_on()

    def on_paste(self, event: events.Paste) -> None:
        """Put what is pasted beside the fields into the first one: that is where it was meant to go."""
        first = next(iter(FIELDS[self._kind]), None)
        if first is None or isinstance(self.focused, Input):
            return
        event.stop()
        self.set_focus(self._fields[first].entry)
        self._fields[first].entry.post_message(events.Paste(event.text))

    @on(Input.Changed)
    @on(Tick.Turned)
    def changed(self) -> None:
        """Another value makes what was tried a thing of the past."""
        if not self._writing:
            self._forget_try()

    def _forget_try(self) -> None:
        self._tried = None
        tell(self._going, plain(""))
        self._say_hints(None)
        self.look()

    @on(Input.Submitted)
    @on(Button.Pressed)
    def go_on(self) -> None:
        """Try it; once it works, close the sheet."""
        if self.works:
            self.dismiss(None)
        elif not self._writing:
            self._try()

    def _try(self) -> None:
        setup = self._setup()
        wrong = self._missing(setup)
        self._say_hints(wrong)
        if wrong is not None and wrong.field is not None:
            self._fields[wrong.field].entry.focus()
            return
        self._writing, self._tried, self._written_only = True, self.context.clock.now(), False
        self._button.focus()
        run_in_thread(
            self,
            lambda: self.context.desk.set_up_tunnel(setup),
            lambda status: self._written(setup, status),
            group="set-up",
            description="set up the way in",
            failed=self._refused,
        )
        self.look()

    def _setup(self) -> TunnelSetup:
        given = {name: self._fields[name].value for name in FIELDS[self._kind]}
        return chosen_setup(self._kind, given, inspect=self._inspect.ticked)

    def _missing(self, setup: TunnelSetup) -> FieldSaid | None:
        """Say what must be given first."""
        needed = next(iter(FIELDS[setup.kind]), None)
        if needed is None or getattr(setup, needed):
            return None
        if needed == "authtoken" and not token_missing(self.context.settings, self.context.tunnel()):
            return None
        return FieldSaid(needed, MISSING[needed])

    def _written(self, setup: TunnelSetup, status: TunnelStatus | None) -> None:
        self._writing = False
        self._written_only = status is None
        self.context.settings = after_setup(self.context.settings, setup)
        # Kept where it belongs by now; the screen has no more use for it.
        self._fields["authtoken"].empty()
        self._say_hints(None)
        self.look()

    def _refused(self, words: str) -> None:
        self._writing, self._tried = False, None
        wrong = wrong_field(words)
        at_field = wrong.field if wrong.field in FIELDS[self._kind] else None
        self._say_hints(FieldSaid(at_field, words))
        self.look()
        if at_field is not None:
            tell(self._going, Content())
            self._fields[at_field].entry.focus()
        else:
            tell(self._going, styled(f"{glyphs(self.context.look).fail} {words}", "bold $text-error"))

    # -- seeing it work

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Look again when something is told of the health."""
        if {fact.kind for fact in facts} & {"health", "refresh"}:
            self.look()

    @property
    def works(self) -> bool:
        """Whether what was tried last stands as it was wanted."""
        status, tried = self.context.tunnel(), self._tried
        if tried is None or self._writing:
            return False
        if status is None or self._written_only:
            return self._written_only
        good = status.state is (TunnelState.OFF if self._kind == "none" else TunnelState.UP)
        return good and is_fresh(status, tried, self.context.clock.now())

    def look(self) -> None:
        """Say how the try is going, and which keys there are now."""
        works, tried = self.works, self._tried
        self._button.label = plain("Done" if works else "Try it")
        self._keys.offer(WORKING_KEYS if works else (BROWSE,) if self._kind == "ngrok" else ())
        keys = (("⏎", "done"),) if works else self.KEYS
        if self.context.look.ascii:
            keys = tuple((ascii_key(key), words) for key, words in keys)
        self.query_one(".sheet").border_subtitle = self._news or plain(key_line(keys))
        if tried is not None:
            status = None if self._writing else self.context.tunnel()
            now, signs = self.context.clock.now(), glyphs(self.context.look)
            lines = going_words(status, tried, now, signs, written_only=self._written_only)
            tell(self._going, Content("\n").join(lines))

    def _flash(self, words: str, tone: str) -> None:
        """Show small news at the border for a while."""
        self._news = styled(words, "$text-success" if tone == "success" else "$text-warning")
        self.set_timer(NEWS_S, self._calm)
        self.look()

    def _calm(self) -> None:
        self._news = None
        self.look()

    @on(FrameLine.Chosen, "KeyLine")
    def clicked(self, message: FrameLine.Chosen) -> None:
        """Do what was clicked."""
        message.stop()
        getattr(self, f"action_{message.choice}")()

    def action_copy(self) -> None:
        """Copy the address to send to, once it works."""
        url = self.context.webhook_url()
        if self.works and url is not None:
            self._flash(copy_words(app_of(self), url, what="the address to send to"), "success")

    def action_steps(self) -> None:
        """Go on to the four steps, once it works."""
        if self.works:
            self.dismiss("steps")

    def action_browse(self) -> None:
        """Open the page that a problem names, or the one with the authtoken."""
        status = self.context.tunnel()
        problem = status.problem if status is not None and self._tried is not None else None
        page = (problem.page if problem is not None else None) or TOKEN_PAGE
        self._flash(*open_words(app_of(self), page))

    def action_leave(self) -> None:
        """Close the sheet; what was written stays and goes on being opened."""
        self.dismiss(None)
