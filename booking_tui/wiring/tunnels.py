"""The way in from outside, as the settings say now: what is set while the engine runs counts without a restart."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from booking_tui.domain.tunnel import NOT_SET_UP, TunnelFailed, TunnelProblem
from booking_tui.paths import Home
from booking_tui.ports import Ping, Tunnel
from booking_tui.settings import Settings, load_anyway
from booking_tui.settings.schema import Tunnel as TunnelSection
from booking_tui.wiring.file_marks import Marks, marks_of
from booking_tui.wiring.homes import is_demo

logger = logging.getLogger(__name__)

AGENT_EVERY = 3
"""An agent that was missing is looked for once in so many looks at the settings, of which there is one a second."""
_ENVIRONMENT = " in the environment"
_TOKEN_PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"  # noqa: S105 - an address
_NOBODY_ASKED = TunnelProblem(
    "No tunnel is set up yet, so nothing outside this machine can reach it.",
    "Set it up with your authtoken of ngrok, or name a public address of your own.",
    again=False,
    code=NOT_SET_UP,
    page=_TOKEN_PAGE,
)


class LiveTunnel:
    """Makes the tunnel that the settings want; implements ``ports.TunnelSource``. Used from the tunnel's thread.

    What the environment said at the start wins for as long as the process runs. Without ``follow`` the settings stay
    as given (a demo's do, and those that a command's own options changed).
    """

    def __init__(self, home: Home, settings: Settings, *, follow: bool = True, borrow: bool = True) -> None:
        """With ``borrow`` the authtoken in ngrok's own file serves where no other is set."""
        self._home = home
        self._given = settings
        self._follow = follow
        self._borrow = borrow
        self._section = settings.tunnel
        self._seen = self._marks()
        self._agent_missing = False
        """Whether there was no agent to use when the tunnel was last made."""
        self._asked = 0

    @property
    def kind(self) -> str:
        return self._section.kind

    @property
    def way(self) -> str:
        section = self._section
        named = {"ngrok": section.domain, "url": section.public_url, "command": section.command}.get(section.kind)
        return hashlib.sha256(repr((section.kind, named)).encode()).hexdigest()[:16]

    @property
    def standing_url(self) -> str | None:
        url = self._section.public_url if self._section.kind == "url" else None
        return None if url is None else url.rstrip("/")

    @property
    def stands_in(self) -> bool:
        """Whether the way in of this home only plays a part; implements ``services.tunnel_address.StandsIn``."""
        return is_demo(self._home)

    @property
    def section(self) -> TunnelSection:
        """The settings as they were when the tunnel was last made."""
        return self._section

    def changed(self) -> bool:
        if self._agent_missing and self._agent_came():
            logger.info("the ngrok agent is there by now")
            return True
        if not self._follow:
            return False
        found = self._marks()
        if found == self._seen:
            return False
        self._seen = found
        # What stands must not go down because an editor just writes the file, or because something else changed in it.
        read = self._read()
        return read is not None and read != self._section

    def _agent_came(self) -> bool:
        """Look for the agent every few times that this is asked: it may just have been installed."""
        self._asked += 1
        if self._asked % AGENT_EVERY:
            return False
        return find_agent_at(self._section.ngrok_path)

    def make(self) -> Tunnel | None:
        self._agent_missing = False
        if self._follow:
            self._seen = self._marks()
            self._section = self._read() or self._section
        return self._by_kind(self._section)

    def _by_kind(self, section: TunnelSection) -> Tunnel | None:
        if section.kind == "none":
            return None
        if section.kind == "url":
            from booking_tui.providers.tunnel.own_url import OwnUrlTunnel

            return OwnUrlTunnel(section.public_url)
        if section.kind == "command":
            from booking_tui.providers.tunnel.command import CommandTunnel

            return CommandTunnel(section.command, self._home.tunnel)
        return self._ngrok(section)

    def _ngrok(self, section: TunnelSection) -> Tunnel:
        from booking_tui.providers.tunnel import agent_config

        kept = agent_config.choose_token(self.config, section.authtoken, borrow=self._borrow)
        if kept is None:
            raise TunnelFailed(_NOBODY_ASKED)
        self._agent_missing = not find_agent_at(section.ngrok_path)
        from booking_tui.providers.tunnel.ngrok import NgrokOptions, NgrokTunnel

        options = NgrokOptions(
            folder=self._home.tunnel,
            token=section.authtoken,
            borrow=self._borrow,
            domain=section.domain,
            ngrok_path=section.ngrok_path,
            inspect=section.inspect,
        )
        return NgrokTunnel(options)

    @property
    def config(self) -> Path:
        """The agent's own configuration file, which keeps the authtoken."""
        from booking_tui.providers.tunnel import agent_config

        return self._home.tunnel / agent_config.FILE_NAME

    def _read(self) -> TunnelSection | None:
        """Give what the files say now; None, and a line in the log, when they cannot be used."""
        # An empty environment: what it said at the start is kept in the settings given.
        settings, problems = load_anyway(self._home.root, {})
        names = {path.name for path in self._files}
        wrong = [each for each in problems if each.key.startswith("tunnel.") or each.key in names]
        if wrong:
            words = "; ".join(problem.sentence() for problem in wrong)
            logger.warning("the settings changed and cannot be used, the tunnel stays as it was: %s", words)
            return None
        section = settings.tunnel
        fixed = {
            key.partition(".")[2]: getattr(self._given.tunnel, key.partition(".")[2])
            for key, where in self._given.origins.items()
            if key.startswith("tunnel.") and where.endswith(_ENVIRONMENT)
        }
        if fixed:
            from msgspec.structs import replace

            section = replace(section, **fixed)
        return section

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self._home.env, self._home.config)

    def _marks(self) -> Marks:
        return marks_of(self._files)


def real_ping(monotonic: Callable[[], float] = time.monotonic) -> Ping:
    """Give what sends the self-test out; httpx is imported with the first one."""

    def send(url: str, nonce: str) -> float:
        from booking_tui.providers.tunnel.self_test import ping

        return ping(url, nonce, monotonic=monotonic)

    return send


class AgentFound(NamedTuple):
    """The ngrok agent on this machine: ``path`` is None and ``problem`` says why when there is none to use."""

    path: Path | None
    source: str
    problem: TunnelProblem | None = None


def find_agent_at(setting: str | None) -> bool:
    """Say whether there is an agent to use, by the file alone: nothing is run."""
    from booking_tui.providers.tunnel.binary import find_binary

    try:
        find_binary(setting)
    except TunnelFailed:
        return False
    return True


def find_agent(settings: Settings) -> AgentFound:
    """Look for the agent where it would be taken from; nothing is downloaded."""
    from booking_tui.providers.tunnel.binary import find_binary, unfit

    try:
        found = find_binary(settings.tunnel.ngrok_path)
    except TunnelFailed as failed:
        return AgentFound(None, "", failed.problem)
    return AgentFound(found.path, found.source, unfit(found.path))


def is_no_agent(problem: TunnelProblem | None) -> bool:
    """Say whether a problem is that there is no agent on this machine."""
    from booking_tui.providers.tunnel.sentences import GENERAL, Cause

    return problem is not None and problem.what == GENERAL[Cause.NO_BINARY].what


class TokenFound(NamedTuple):
    """Where the authtoken comes from, in words; ``problem`` says why the one that is set cannot be one."""

    found: bool
    words: str
    problem: TunnelProblem | None = None


def find_token(home: Home, settings: Settings) -> TokenFound:
    """Look for the authtoken where it would be taken from; it is not shown."""
    from booking_tui.providers.tunnel import agent_config

    path, borrow = home.tunnel / agent_config.FILE_NAME, not is_demo(home)
    try:
        token = agent_config.choose_token(path, settings.tunnel.authtoken, borrow=borrow)
    except TunnelFailed as failed:
        where = settings.origins.get("tunnel.authtoken", "the settings")
        return TokenFound(found=True, words=f"{where}: {failed.problem.what}", problem=failed.problem)
    return TokenFound(token is not None, token_words(home, settings))


def knowing_token(home: Home, settings: Settings) -> Settings:
    """Give settings that say where an authtoken is kept which is in none of their files."""
    from msgspec.structs import replace

    if settings.tunnel.authtoken is not None or is_demo(home):
        return settings
    token = find_token(home, settings)
    if not token.found:
        return settings
    return replace(settings, origins=settings.origins | {"tunnel.authtoken": token.words})


def token_words(home: Home, settings: Settings) -> str:
    """Say where the authtoken comes from, without showing it."""
    from booking_tui.providers.tunnel import agent_config

    return agent_config.token_source(
        home.tunnel / agent_config.FILE_NAME, settings.tunnel.authtoken, borrow=not is_demo(home)
    )


def agent_download() -> tuple[str, Path]:
    """Give the address that the agent would come from and the file that it would become. Raises TunnelFailed."""
    from booking_tui.providers.tunnel.binary import default_path
    from booking_tui.providers.tunnel.install import agent_url

    return agent_url(), default_path()


def install_agent(url: str, target: Path, progress: Callable[[int, int | None], None]) -> None:
    """Download the agent; ``progress`` is told the bytes done and in total. Raises TunnelFailed."""
    from threading import Event

    from booking_tui.providers.tunnel.install import download_agent

    download_agent(target, progress, Event(), url=url)
