"""The way in by ngrok's agent, driven through pyngrok."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from booking_tui.domain.secret_words import redact
from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.tunnel import agent_config, orphans
from booking_tui.providers.tunnel.agent_log import AgentLog
from booking_tui.providers.tunnel.agent_start import ENDPOINT, GREETING, REQUEST_S, AgentStart, Unexplained
from booking_tui.providers.tunnel.binary import Binary, find_binary, unfit
from booking_tui.providers.tunnel.guard import Guard
from booking_tui.providers.tunnel.sentences import Cause
from booking_tui.providers.tunnel.words import failure, problem, problem_in, problem_of_code

if TYPE_CHECKING:
    from pyngrok.conf import PyngrokConfig

    from booking_tui.providers.tunnel.agent_api import AgentApi

MOST_MISSES: Final = 3
"""So many looks in a row may come back without a clear answer before the agent is given up."""
LOST_S: Final = 3.0
"""So long a line about a lost session outranks an interface that still says "online"; after that the line is old."""
_ENDING_S: Final = 0.3

logger = logging.getLogger("booking_tui.tunnel")


@dataclass(frozen=True, slots=True)
class NgrokOptions:
    """How to reach the world by ngrok. ``folder`` is a private folder for the agent's files."""

    folder: Path
    token: str | None = field(default=None, repr=False)
    borrow: bool = False
    """Use the authtoken of ngrok's own file when there is no other."""
    domain: str | None = None
    """A host name reserved at ngrok; None takes the one that ngrok gives."""
    ngrok_path: str | None = None
    inspect: bool = False
    """Let the agent keep and show requests, which hold what clients wrote."""
    deadline_s: float = 20.0
    """How long opening may take; ending a failed try comes on top of it, 3 seconds at most."""
    answer_s: float = 0.8
    """How long the agent's own interface on this machine may take for an answer."""


class NgrokTunnel:
    """The ``ngrok`` kind of ``Tunnel``."""

    def __init__(self, options: NgrokOptions) -> None:
        self._options = options
        self._config_path = options.folder / agent_config.FILE_NAME
        self._note = options.folder / "agent.json"
        self._guard = Guard(options.folder, "agent")
        self._log = AgentLog()
        self._start: AgentStart | None = None
        self._api: AgentApi | None = None
        self._misses = 0
        self._url = ""
        """The last one that the agent is known to have had."""
        self.last_error: str | None = None
        """What went wrong last, one sentence without secrets; it stays until the next success."""

    @property
    def kind(self) -> str:
        return "ngrok"

    @property
    def inspector(self) -> str | None:
        if self._start is None or not self._options.inspect:
            return None
        return self._start.api_url or None

    def open(self, port: int, cancelled: Event) -> str:
        self.close()
        deadline = time.monotonic() + self._options.deadline_s
        try:
            return self._open(port, deadline, cancelled)
        except TunnelFailed as failed:
            raise self._failed(failed.problem) from None
        except OSError as error:
            raise self._failed(problem(Cause.FOLDER, error.strerror or type(error).__name__)) from None

    def look(self) -> str | None:
        if self._start is None or self._api is None:
            raise failure(Cause.NOT_OPEN)
        try:
            return self._look(self._start, self._api)
        except TunnelFailed as failed:
            raise self._failed(failed.problem) from None

    def close(self) -> None:
        if self._api is not None:
            self._api.close()
        if self._start is not None:
            self._start.end()
            orphans.forget(self._note)
        self._guard.disarm()
        self._api = self._start = None
        self._misses = 0

    def recent_lines(self) -> tuple[str, ...]:
        """Give the agent's last lines, oldest first, without secrets; they stay after the agent has ended."""
        return self._log.tail()

    def _open(self, port: int, deadline: float, cancelled: Event) -> str:
        if cancelled.is_set():
            raise failure(Cause.STOPPED)
        binary = find_binary(self._options.ngrok_path)
        token = agent_config.choose_token(self._config_path, self._options.token, borrow=self._options.borrow)
        if token is None:
            raise TunnelFailed(problem_of_code("ERR_NGROK_4018"))
        orphans.end_orphan(self._note)
        web_port = agent_config.free_port()
        agent_config.write_config(self._config_path, token, web_port, inspect=self._options.inspect)
        if Guard.supported():
            self._guard.arm([str(binary.path)], subcommand="start", greeting=GREETING, merge=True)
        logger.info("starting the ngrok agent from %s", binary.source)
        self._log = AgentLog((token.text,))
        self._start = AgentStart(
            self._pyngrok_config(binary), self._guard, self._log, on_started=lambda pid: self._remember(pid, web_port)
        )
        self._start.begin(port, url=self._wanted_url(), inspect=self._options.inspect)
        return self._wait(self._start, binary, deadline, cancelled)

    def _wait(self, start: AgentStart, binary: Binary, deadline: float, cancelled: Event) -> str:
        try:
            url = start.wait(deadline, cancelled)
        except Unexplained as failed:
            # The file may not be an agent at all, or an old one.
            found = unfit(binary.path, timeout_s=1.0)
            # A busy machine may have kept an agent from coming up in time, and from answering now: that passes.
            raise TunnelFailed(failed.problem if found is None or found == problem(Cause.MUTE) else found) from None
        if not url.startswith(("https://", "http://")) or not start.api_url:
            raise failure(Cause.GARBAGE)
        from booking_tui.providers.tunnel.agent_api import AgentApi

        self._api = AgentApi(start.api_url, answer_s=self._options.answer_s)
        self.last_error = None
        self._url = url
        return url

    def _look(self, start: AgentStart, api: AgentApi) -> str | None:
        from booking_tui.providers.tunnel.agent_api import NoAnswer, Nonsense

        self._check_alive(start)
        start.keep_reading()
        try:
            endpoints = api.endpoints()
            online = api.online()
        except NoAnswer:
            # An agent that is about to end closes its interface first.
            self._check_alive(start, _ENDING_S)
            return self._missed(Cause.SILENT)
        except Nonsense:
            return self._missed(Cause.GARBAGE)
        ours = [endpoint.url for endpoint in endpoints if endpoint.name == ENDPOINT or len(endpoints) == 1]
        if self._lost(online):
            self._misses = 0
            return None
        if not ours:
            return self._missed(Cause.ENDPOINT_GONE)
        self._misses = 0
        self._url = ours[0].rstrip("/")
        return self._url

    def _lost(self, online: bool | None) -> bool:
        """Say whether the session is lost: by the agent's interface, by a line of a moment ago, else by the log."""
        self._log.read()
        if online and time.monotonic() - self._log.lost_at >= LOST_S:
            self._log.found_online()
        return online is False or self._log.lost

    def _check_alive(self, start: AgentStart, patience_s: float = 0.0) -> None:
        """Raise TunnelFailed with the agent's last words when it is dead, or dies within this time."""
        if (code := start.exit_code(patience_s)) is not None:
            start.read_rest()
            raise TunnelFailed(self._why_it_ended(code))

    def _missed(self, cause: Cause) -> str | None:
        """Count a look without a clear answer: the agent may be busy for a moment. Raises TunnelFailed after some.

        Until then all is as it was: nothing says that the session is lost, and deliveries may be coming in.
        """
        self._misses += 1
        if self._misses >= MOST_MISSES:
            raise failure(cause)
        return None if self._lost(None) else self._url

    def _why_it_ended(self, code: int) -> TunnelProblem:
        said = self._log.last_error() or self._log.last_words()
        if said:
            return problem_in(said, Cause.DIED, self._log.secrets)
        return problem(Cause.DIED, f"its status was {code}")

    def _failed(self, why: TunnelProblem) -> TunnelFailed:
        """End what runs and give the error, with every text of it redacted once more."""
        secrets = self._log.secrets
        self.close()
        self.last_error = redact(why.what, secrets)
        logger.info("the way in by ngrok failed: %s %s", self.last_error, why.code or "")
        return TunnelFailed(replace(why, what=self.last_error, do=redact(why.do, secrets)))

    def _remember(self, pid: int, web_port: int) -> None:
        config = str(self._config_path)
        orphans.remember(self._note, pid, config, config=config, web_addr=f"127.0.0.1:{web_port}")

    def _wanted_url(self) -> str | None:
        domain = self._options.domain
        return f"https://{domain.removeprefix('https://').strip('/')}" if domain else None

    def _pyngrok_config(self, binary: Binary) -> PyngrokConfig:
        from pyngrok.conf import PyngrokConfig

        config = PyngrokConfig(
            ngrok_path=str(self._guard.script if Guard.supported() else binary.path),
            config_path=str(self._config_path),
            monitor_thread=True,
            startup_timeout=int(self._options.deadline_s) + 1,
            request_timeout=REQUEST_S,
            start_new_session=Guard.supported(),
        )
        # It read NGROK_AUTHTOKEN by itself, and would put it on the command line for everybody to see.
        config.auth_token = None
        config.api_key = None
        return config
