"""Sets the way in up: choose a kind, give what it needs, try it, and see on the same sheet that it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from booking_tui.domain.tunnel import TunnelStatus
from booking_tui.ports import TunnelSetup
from booking_tui.tui.context import Context
from booking_tui.tui.copying import copy_words
from booking_tui.tui.dialogs.tunnel_setup_deeds import Trying, ask_in_thread, go_back, main_of
from booking_tui.tui.dialogs.tunnel_setup_fields import (
    DEMO_ABOUT,
    DONE_KEYS,
    FIELDS,
    KEYS,
    NO_BROWSER,
    WORKING_KEYS,
    TypedBeside,
    keys_below,
    missing_field,
    say_hints,
    setup_fields,
)
from booking_tui.tui.dialogs.tunnel_setup_words import (
    KINDS,
    FieldSaid,
    after_setup,
    chosen_setup,
    field_hints,
    first_kind,
    kind_prompt,
    refusal_words,
    wrong_field,
)
from booking_tui.tui.glyphs import glyphs
from booking_tui.tui.keys_in_hand import KeyWords, ascii_key, key_line
from booking_tui.tui.opening import open_words
from booking_tui.tui.redraw import tell
from booking_tui.tui.text import plain, styled
from booking_tui.tui.views.hosting import app_of
from booking_tui.tui.widgets.key_line import KeyLine, SheetKey
from booking_tui.tui.widgets.line import FrameLine
from booking_tui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from booking_tui.services.facts import Fact

SECOND_S = 1.0
NEWS_S = 4.0


class TunnelSetupDialog(TypedBeside[str | None]):
    """Gives ``steps`` when the person wants to go on to the four steps at Cal.com, else None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+o", "browse", show=False, priority=True),
        *(Binding(key, action, show=False) for key, action in (("y", "copy"), ("w", "steps"), ("K", "keep"))),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.trying = Trying()
        self._news: Content | None = None
        self._keys_said: KeyWords = KEYS
        self._kind = first_kind(context.settings, context.tunnel())
        section = context.settings.tunnel
        self._fields = setup_fields(section)
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
                    yield Static(plain(DEMO_ABOUT), id="about")
                yield self._options
                yield from self._fields.values()
                yield self._inspect
                yield self._going
                with Horizontal(id="last"):
                    yield self._keys
                    yield self._button

    def on_mount(self) -> None:
        self._options.highlighted = [kind.name for kind in KINDS].index(self._kind)
        self._options.focus()
        self.set_interval(SECOND_S, self.look)
        self._show_kind()

    @on(OptionList.OptionHighlighted)
    def choose(self, event: OptionList.OptionHighlighted) -> None:
        """Show what the kind under the cursor needs."""
        kind = KINDS[event.option_index].name
        if kind != self._kind and not self.trying.writing:
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
        context = self.context
        say_hints(self._fields, field_hints(context.settings, context.tunnel()), wrong, glyphs(context.look))

    @property
    def first_entry(self) -> Input | None:
        first = next(iter(FIELDS[self._kind]), None)
        return None if first is None else self._fields[first].entry

    @property
    def own_keys(self) -> set[str]:
        return {" ", *(key.key for key in self._sheet_keys)}

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        """Offer the keys that work where one is now."""
        self.look()

    @on(Input.Changed)
    @on(Tick.Turned)
    def changed(self) -> None:
        """Another value makes what was tried a thing of the past."""
        if not self.trying.writing:
            self._forget_try()

    def _forget_try(self) -> None:
        self.trying.since = None
        tell(self._going, plain(""))
        self._say_hints(None)
        self.look()

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    @on(Button.Pressed)
    def go_on(self) -> None:
        """Try it, or say at its field what is missing; once it works, close the sheet."""
        if self.works:
            self.dismiss(None)
        elif not self.trying.writing:
            self._try()

    def _try(self) -> None:
        setup = replace(self._setup(), first=self.trying.wrote_at is None)
        wrong = missing_field(setup, self.context.settings, self.context.tunnel())
        self._say_hints(wrong)
        if wrong is not None and wrong.field is not None:
            self._fields[wrong.field].entry.focus()
            return
        self.trying.begin(self.context.tunnel(), self.context.settings, self.context.clock.now())
        self._button.focus()
        deed, done = partial(self.context.desk.set_up_tunnel, setup), partial(self._written, setup)
        ask_in_thread(self, deed, done, does="set up the way in", failed=self._refused)
        self.look()

    def _setup(self) -> TunnelSetup:
        given = {name: self._fields[name].value for name in FIELDS[self._kind]}
        return chosen_setup(self._kind, given, inspect=self._inspect.ticked)

    def _written(self, setup: TunnelSetup, status: TunnelStatus | None) -> None:
        self.trying.written(status)
        self.context.settings = after_setup(self.context.settings, setup)
        # Kept where it belongs by now; the screen has no more use for it.
        self._fields["authtoken"].empty()
        self._say_hints(None)
        self.look()

    def _refused(self, words: str) -> None:
        self.trying.refused()
        wrong = wrong_field(words)
        at_field = wrong.field if wrong.field in FIELDS[self._kind] else None
        self._say_hints(wrong._replace(field=at_field))
        self.look()
        if at_field is not None:
            tell(self._going, Content())
            self._fields[at_field].entry.focus()
        else:
            tell(self._going, refusal_words(words, glyphs(self.context.look), demo=self.context.demo))

    def facts_arrived(self, facts: Sequence[Fact]) -> None:
        """Look again when something is told of the health."""
        if {fact.kind for fact in facts} & {"health", "refresh"}:
            self.look()

    @property
    def works(self) -> bool:
        """Whether what was tried last stands as it was wanted."""
        return self.trying.works(self.context.tunnel(), self._kind, self.context.clock.now())

    @property
    def _failed(self) -> bool:
        """Whether what was written does not work, so that leaving takes it back."""
        return self.trying.failed(self.context.tunnel(), self.context.clock.now())

    @property
    def KEYS(self) -> KeyWords:  # noqa: N802 - what every dialog calls its keys
        """The keys as they are now: for the border and for the footer."""
        return DONE_KEYS if self.works else self.trying.keys_back if self._failed else KEYS

    @property
    def _sheet_keys(self) -> tuple[SheetKey, ...]:
        """The keys on the last line of the sheet, as they are now."""
        if self._stands:
            return WORKING_KEYS
        # In a field a letter is a letter.
        failed = self._failed and not isinstance(self.focused, Input)
        return keys_below(self._kind, works=self.works, failed=failed)

    @property
    def _stands(self) -> bool:
        """Whether there is an address by now that can be copied and entered."""
        return self.works and self._kind != "none" and not self.trying.written_only

    def look(self) -> None:
        """Say how the try is going, and which keys there are now."""
        self._button.label = plain("Done" if self.works else "Try it")
        self._keys.offer(self._sheet_keys)
        keys = self.KEYS
        if keys != self._keys_said:
            self._keys_said = keys
            main_of(self).refresh_footer()
        if self.context.look.ascii:
            keys = tuple((ascii_key(key), words) for key, words in keys)
        self.query_one(".sheet").border_subtitle = self._news or plain(key_line(keys))
        if self.trying.since is not None:
            now, signs = self.context.clock.now(), glyphs(self.context.look)
            tell(self._going, self.trying.said(self.context.tunnel(), now, signs))

    def _flash(self, words: str = "", tone: str = "") -> None:
        """Show small news at the border for a while; no words end it."""
        self._news = styled(words, "$text-success" if tone == "success" else "$text-warning") if words else None
        if words:
            self.set_timer(NEWS_S, self._flash)
        self.look()

    @on(FrameLine.Chosen, "KeyLine")
    def clicked(self, message: FrameLine.Chosen) -> None:
        """Do what was clicked."""
        message.stop()
        getattr(self, f"action_{message.choice}")()

    def action_copy(self) -> None:
        """Copy the address to send to, once it works."""
        url = self.context.webhook_url()
        if self._stands and url is not None:
            self._flash(copy_words(app_of(self), url, what="the address to send to"), "success")

    def action_steps(self) -> None:
        """Go on to the four steps, once it works."""
        if self._stands:
            self.dismiss("steps")

    def action_browse(self) -> None:
        """Open the page that a problem names, or the one with the authtoken."""
        page = self.trying.page(self.context.tunnel(), self._kind)
        words, tone = ("there is no page to open", "warning") if page is None else open_words(app_of(self), page)
        if page is not None and tone != "success" and self._kind == "ngrok":
            # Whole, and for as long as it takes to copy it: the border is too short for it.
            self._fields["authtoken"].say(words)
            words = NO_BROWSER
        self._flash(words, tone)

    def action_keep(self) -> None:
        """Close the sheet and keep what does not work yet: the fault may lie elsewhere, such as in the network."""
        if self._failed:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Close the sheet; a try that failed is taken back, one that is under way goes on."""
        if self._failed and self.trying.former is not None:
            self.context.settings = self.trying.former
            go_back(main_of(self), self.context.desk, self.trying.back_said)
        self.dismiss(None)
