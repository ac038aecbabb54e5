"""The way in by any client whose output shows its public URL: cloudflared, tailscale, localtunnel and the like."""

from __future__ import annotations

import errno
import logging
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from threading import Event
from typing import Final

from booking_tui.domain.secret_words import redact_any
from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.tunnel import orphans
from booking_tui.providers.tunnel.client_output import ClientOutput
from booking_tui.providers.tunnel.guard import Guard, without_secrets
from booking_tui.providers.tunnel.private_files import private_folder
from booking_tui.providers.tunnel.public_urls import ANNOUNCED, LIKELY, LOCAL, SURE
from booking_tui.providers.tunnel.words import one_line

SETTLE_S: Final = 0.7
"""How long a better URL is waited for, once a service's name has come that nothing announced."""
LIKELY_S: Final = 5.0
"""How long, once any other has come: it may be the page of a new version, and the service may take its time."""
CALM_S: Final = 5.0
"""What is announced so soon after the address that was taken belongs to the same start, such as a second name."""
_IN_A_TERMINAL: Final = "Run the command in a terminal, and mend what it complains of."
_SHOWN_MOST: Final = 400
_LOOK_S: Final = 0.02
_STAYS: Final = frozenset({errno.ENOENT, errno.EACCES, errno.ENOEXEC})
"""Errors that speak of the file, not of the moment."""
_JOIN_S: Final = 0.5

logger = logging.getLogger("booking_tui.tunnel")


class CommandTunnel:
    """The ``command`` kind of ``Tunnel``: one line of text, run without a shell; ``{port}`` stands for our port."""

    def __init__(
        self,
        command: str | None,
        folder: Path,
        *,
        deadline_s: float = 20.0,
        settle_s: float = SETTLE_S,
        likely_s: float = LIKELY_S,
        calm_s: float = CALM_S,
    ) -> None:
        self._command = command or ""
        self._folder = folder
        self._deadline_s = deadline_s
        self._patience_s = {ANNOUNCED: 0.0, SURE: settle_s, LIKELY: likely_s, LOCAL: likely_s}
        self._calm_s = calm_s
        self._guard = Guard(folder, "command")
        self._note = folder / "command.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._output = ClientOutput(0)
        self.last_error: str | None = None
        """What went wrong last, one sentence; it stays until the next success."""

    @property
    def kind(self) -> str:
        return "command"

    @property
    def inspector(self) -> str | None:
        return None

    def open(self, port: int, cancelled: Event) -> str:
        self.close()
        deadline = time.monotonic() + self._deadline_s
        try:
            arguments = self._arguments(port)
            if cancelled.is_set():
                raise _stopped()
            orphans.end_orphan(self._note)
            self._run(arguments, port)
            url = self._wait(deadline, cancelled)
        except TunnelFailed as failed:
            raise self._failed(failed.problem) from None
        except OSError as error:
            raise self._failed(_cannot_start(error)) from None
        self.last_error = None
        return url

    def look(self) -> str | None:
        process, output = self._process, self._output
        if process is None or output.taken is None:
            raise TunnelFailed(TunnelProblem("The way in is not open.", "Open it.", again=True))
        if process.poll() is not None:
            self._output.join(_JOIN_S)
            raise self._failed(self._why_it_ended(process.returncode))
        if output.other is not None:
            logger.info("the program for the way in announced %s instead of %s", output.other, output.taken)
            raise self._failed(_ANOTHER)
        return output.taken

    def doubt(self) -> bool:
        return self._output.doubt()

    def close(self) -> None:
        if self._process is not None:
            self._guard.end(self._process)
            self._output.end(_JOIN_S)
            orphans.forget(self._note)
        self._guard.disarm()
        self._process = None
        self._output = ClientOutput(0, self._output.lines)

    def recent_lines(self) -> tuple[str, ...]:
        """Give the client's last lines, oldest first, without what looks like a token."""
        return tuple(one_line(redact_any(line), _SHOWN_MOST) for line in self._output.lines.copy())

    def _arguments(self, port: int) -> list[str]:
        try:
            arguments = [part.replace("{port}", str(port)) for part in shlex.split(self._command)]
        except ValueError:
            raise _wrong("The command of the way in has a quotation mark without its partner.") from None
        if not arguments:
            raise _wrong("No command for the way in is set.")
        program = shutil.which(Path(arguments[0]).expanduser())
        if program is None:
            raise _wrong(f"There is no program {one_line(arguments[0], 60)} on this computer.")
        return [str(Path(program).absolute()), *arguments[1:]]

    def _run(self, arguments: list[str], port: int) -> None:
        private_folder(self._folder)
        command = arguments
        if Guard.supported():
            self._guard.arm(arguments)
            command = [str(self._guard.script)]
        logger.info("starting %s as the way in", Path(arguments[0]).name)
        self._process = subprocess.Popen(  # noqa: S603 - the person's own setting; no shell reads it
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=without_secrets(os.environ),
            start_new_session=Guard.supported(),
        )
        self._output = ClientOutput(port)
        self._output.begin(self._process)
        # The client's command line, not that of the script which becomes it.
        mark = orphans.mark_of(arguments[1:]) if arguments[1:] else Path(arguments[0]).name
        orphans.remember(self._note, self._process.pid, mark)

    def _wait(self, deadline: float, cancelled: Event) -> str:
        process = self._process
        first_seen: float | None = None
        while process is not None:
            self._output.news.wait(_LOOK_S)
            found, now = self._output.found, time.monotonic()
            if cancelled.is_set():
                raise _stopped()
            if process.poll() is not None:
                self._output.join(_JOIN_S)
                raise TunnelFailed(self._why_it_ended(process.returncode))
            if found is not None:
                first_seen = now if first_seen is None else first_seen
                if now - first_seen >= self._patience_s[found.sureness]:
                    self._output.take(found.url, self._calm_s)
                    return found.url
            if now >= deadline:
                break
            self._output.news.clear()
        raise TunnelFailed(
            TunnelProblem(
                "The program for the way in runs, but it showed no public web address in time.",
                "Run the command in a terminal and look at what it says; it must print an https address.",
                again=True,
            )
        )

    def _why_it_ended(self, status: int) -> TunnelProblem:
        said = one_line(redact_any(next((line for line in reversed(self._output.lines.copy()) if line.strip()), "")))
        how = f"It said last: {said}" if said else f"It said nothing; its status was {status}."
        return TunnelProblem(f"The program for the way in ended by itself. {how}", _IN_A_TERMINAL, again=True)

    def _failed(self, why: TunnelProblem) -> TunnelFailed:
        self.close()
        self.last_error = why.what
        logger.info("the way in by a command failed: %s", why.what)
        return TunnelFailed(why)


_ANOTHER: Final = TunnelProblem(
    "The program for the way in got another web address.",
    "It is started anew by itself, and the address is read again.",
    again=True,
)


def _stopped() -> TunnelFailed:
    return TunnelFailed(
        TunnelProblem("Opening the way in was stopped.", "Start it again when you want it.", again=True)
    )


def _wrong(what: str) -> TunnelFailed:
    return TunnelFailed(TunnelProblem(what, "Correct the command, or install the program that it names.", again=False))


def _cannot_start(error: OSError) -> TunnelProblem:
    """Say that the system refused; a full disk, too many files or processes and the like pass by themselves."""
    stays = error.errno in _STAYS
    return TunnelProblem(
        f"The program for the way in could not be started: {error.strerror or type(error).__name__}.",
        "Check that it can be run, and that the home folder can be written"
        + ("." if stays else "; it is tried again by itself."),
        again=not stays,
    )
