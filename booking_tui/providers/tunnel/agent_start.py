"""Brings the agent up by pyngrok, in a thread that can be given up at any moment."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, MutableMapping
from typing import IO, TYPE_CHECKING, Any, Final, cast

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel.agent_log import AgentLog
from booking_tui.providers.tunnel.flow import CappedLines, Flow
from booking_tui.providers.tunnel.guard import KILL, Guard, signal_group, wait_for
from booking_tui.providers.tunnel.sentences import Cause
from booking_tui.providers.tunnel.words import cause_of, code_in, failure, problem, problem_in

if TYPE_CHECKING:
    from pyngrok.conf import PyngrokConfig
    from pyngrok.log import NgrokLog
    from pyngrok.process import NgrokProcess

ENDPOINT: Final = "booking-tui"
GREETING: Final = 'lvl=info msg="booking_tui starts the agent"'
"""The first line that pyngrok reads, however soon the agent ends: by then its process is known."""
REQUEST_S: Final = 10.0
"""How long ngrok may take to open the endpoint."""
_LOOK_S: Final = 0.02
_END_S: Final = 2.6
"""How long ending may take in all; it takes some milliseconds with an agent that obeys."""


class Unexplained(TunnelFailed):
    """The agent did not come up, and it gave no reason of its own."""


class AgentStart:
    """One start of the agent: ``wait`` gives its URL or raises, ``end`` ends whatever of it lives."""

    def __init__(
        self, config: PyngrokConfig, guard: Guard, log: AgentLog, *, on_started: Callable[[int], None]
    ) -> None:
        self._config = config
        self._guard = guard
        self._log = log
        self._on_started = on_started
        self._over = threading.Event()
        self._given_up = False
        self._failure: Exception | None = None
        self._thread: threading.Thread | None = None
        self._agent: NgrokProcess | None = None
        self._process: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None
        self.url = ""
        self.api_url = ""
        """The agent's own interface, once the URL stands."""

    def begin(self, port: int, *, url: str | None, inspect: bool) -> None:
        """Start the thread."""
        from pyngrok import process

        quieten()
        process.is_process_running(self._config.ngrok_path)  # forgets one that is dead
        self._config.log_event_callback = self._hear
        spare_loopback(os.environ)
        self._thread = threading.Thread(target=self._run, args=(port, url, inspect), name="ngrok-start", daemon=True)
        self._thread.start()

    def wait(self, deadline: float, cancelled: threading.Event) -> str:
        """Wait until the URL stands, by ``time.monotonic``. Raises TunnelFailed; ``end`` is for the caller to call."""
        while not self._over.wait(_LOOK_S):
            self._notice()
            if cancelled.is_set():
                raise failure(Cause.STOPPED)
            if time.monotonic() >= deadline:
                said = self._log.last_error()
                if not said:
                    raise Unexplained(problem(Cause.SILENT))
                raise TunnelFailed(problem_in(said, Cause.UNREACHABLE, self._log.secrets))
        self._notice()
        if self._failure is not None:
            raise self._why(self._failure)
        return self.url

    def exit_code(self, patience_s: float = 0.0) -> int | None:
        """Give how the agent ended; None while it lives, ``patience_s`` from now on at least. Starts nothing."""
        if self._process is None:
            return None
        wait_for(self._process, patience_s)
        return self._process.poll()

    def keep_reading(self) -> None:
        """Take over the agent's output when pyngrok's thread broke: a full pipe would stop the whole agent."""
        if self._agent is None or self._process is None or self._drain is not None or self.exit_code() is not None:
            return
        monitor = _monitor_of(self._agent)
        if monitor is not None and not monitor.is_alive() and self._process.stdout is not None:
            stream = self._process.stdout.fileno()
            self._drain = threading.Thread(target=_read_away, args=(stream,), name="ngrok-drain", daemon=True)
            self._drain.start()

    def end(self) -> None:
        """End the agent, its watcher and the thread. pyngrok's lock may be held, so its own ``kill`` cannot be used."""
        self._given_up = True
        self._guard.forbid()
        until = time.monotonic() + _END_S
        if self._thread is None:
            return
        with contextlib.suppress(OSError):  # of the note about the pid, which is removed next anyway
            while self._process is None and self._thread.is_alive() and time.monotonic() < until - 1.0:
                self._notice()
                self._over.wait(_LOOK_S)
            self._notice()
        if self._process is not None:
            self._guard.end(self._process)
        self._guard.disarm()
        self._thread.join(_left(until))
        # The thread may have brought the agent up at the very last moment, and then ended it by itself.
        if not self._thread.is_alive():
            self.read_rest(_left(until))

    def read_rest(self, seconds: float = 1.0) -> None:
        """Take in what a dead agent still said: pyngrok stops at its death, whatever is left in the pipe."""
        if self._agent is None or self._process is None or self._process.poll() is None:
            return
        until = time.monotonic() + seconds
        monitor = _monitor_of(self._agent)
        if monitor is not None:
            monitor.join(_left(until))
        if monitor is None or not monitor.is_alive():
            # In a thread: if a child of the agent holds the pipe open, its end does not come.
            rest = threading.Thread(target=_read_rest, args=(self._process, self._log), name="ngrok-rest", daemon=True)
            rest.start()
            rest.join(_left(until))

    def _hear(self, line: NgrokLog) -> None:
        """Take a line in pyngrok's thread; never raises, see ``AgentLog``."""
        with contextlib.suppress(Exception):
            self._agent = self._agent or _known(self._config.ngrok_path)
            if self._agent is not None:
                _cap(self._agent)
        self._log(line)

    def _notice(self) -> None:
        """Look whether pyngrok has started the process by now, and report its pid once."""
        self._agent = self._agent or _known(self._config.ngrok_path)
        if self._agent is not None and self._process is None:
            self._process = _process_of(self._agent)
            self._on_started(self._process.pid)

    def _run(self, port: int, url: str | None, inspect: bool) -> None:
        from pyngrok import ngrok

        if self._given_up:
            return
        options: dict[str, Any] = {"inspect": inspect}
        if url:
            options["url"] = url
        try:
            tunnel = ngrok.connect(f"http://127.0.0.1:{port}", name=ENDPOINT, pyngrok_config=self._config, **options)
            self.url = (tunnel.public_url or "").rstrip("/")
            self.api_url = tunnel.api_url or ""
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to the thread that waits
            self._failure = error
        finally:
            self._over.set()
            # Given up in the very moment in which it came up: nobody else knows of it. The guard may be armed anew.
            if self._given_up and self._agent is not None and _process_of(self._agent).poll() is None:
                signal_group(_process_of(self._agent).pid, KILL)

    def _why(self, error: Exception) -> TunnelFailed:
        """Put pyngrok's error into words. Its text may quote the token and does not go further."""
        from pyngrok.exception import PyngrokNgrokError, PyngrokNgrokHTTPError, PyngrokNgrokURLError

        secrets = self._log.secrets
        if isinstance(error, PyngrokNgrokHTTPError):
            # The code of a refused endpoint stands in the body alone.
            old = error.status_code == 404
            return TunnelFailed(problem(Cause.TOO_OLD) if old else problem_in(error.body, Cause.REFUSED, secrets))
        if isinstance(error, PyngrokNgrokURLError):
            return Unexplained(problem(Cause.SILENT))
        if isinstance(error, PyngrokNgrokError):
            self.read_rest()
            if said := error.ngrok_error or self._log.last_error():
                return TunnelFailed(problem_in(said, Cause.DIED, secrets))
            # Words that are no agent's may be those of another program.
            words = self._log.last_words()
            clear = code_in(words) is not None or cause_of(words) is not None
            return (TunnelFailed if clear else Unexplained)(problem_in(words, Cause.DIED, secrets))
        if isinstance(error, OSError):
            return TunnelFailed(problem_in(str(error), Cause.DIED, secrets))
        # A JSON error, a decoding error, an answer without a URL: the agent talks another language.
        return Unexplained(problem(Cause.GARBAGE))


def quieten() -> None:
    """Keep pyngrok's loggers, which repeat the agent's lines with any token in them, from every handler of ours."""
    logger = logging.getLogger("pyngrok")
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.propagate = False


def spare_loopback(environ: MutableMapping[str, str]) -> None:
    """Except this machine from its proxies: pyngrok's health probe would go out through one and never come back.

    Nothing is changed where no variable names a proxy: ``no_proxy`` alone would hide the system's own settings.
    """
    names = {name.lower() for name, value in environ.items() if value}
    if not names & {"http_proxy", "https_proxy", "all_proxy"}:
        return
    for name in ("no_proxy", "NO_PROXY"):
        given = [part.strip() for part in environ.get(name, "").split(",") if part.strip()]
        if "*" not in given:
            environ[name] = ",".join([*given, *({"127.0.0.1", "localhost"} - set(given))])


def _known(path: str) -> NgrokProcess | None:
    """Give pyngrok's process for a path without its lock, and without starting one as every public call would."""
    from pyngrok import process

    return process._current_processes.get(path)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def _left(until: float) -> float:
    return max(0.0, until - time.monotonic())


def _process_of(agent: NgrokProcess) -> subprocess.Popen[str]:
    return cast("subprocess.Popen[str]", agent.proc)  # pyright: ignore[reportUnknownMemberType] - typed as bare Popen


def _cap(agent: NgrokProcess) -> None:
    """Put a cap on the lines that pyngrok reads, in its own thread and between two of them."""
    process = _process_of(agent)
    if process.stdout is not None and not isinstance(process.stdout, CappedLines):
        process.stdout = cast("IO[str]", CappedLines(process.stdout))


def _read_away(stream: int) -> None:
    flow = Flow()
    with contextlib.suppress(OSError):
        while chunk := os.read(stream, 65536):
            flow.read(len(chunk))


def _monitor_of(agent: NgrokProcess) -> threading.Thread | None:
    return agent._monitor_thread  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - there is no public way


def _read_rest(process: subprocess.Popen[str], log: AgentLog) -> None:
    from pyngrok.log import NgrokLog

    # A ValueError is a text that is no UTF-8, or a pipe that another reading has closed.
    with contextlib.suppress(OSError, ValueError):
        if process.stdout is not None and not process.stdout.closed:
            with process.stdout as lines:
                for line in lines:
                    log(NgrokLog(line))
