"""The agent's command line, as far as pyngrok and people at a prompt use it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from socket import socket
from typing import NamedTuple

from booking_tui.sandbox.ngrok.agent import Agent, end_with_signals
from booking_tui.sandbox.ngrok.config import (
    DEFAULT_WEB_ADDR,
    AgentConfig,
    ConfigError,
    default_path,
    read_config,
    store,
)
from booking_tui.sandbox.ngrok.logfmt import Log
from booking_tui.sandbox.ngrok.refusals import AGENT_VERSION
from booking_tui.sandbox.ngrok.rest import Rest
from booking_tui.sandbox.ngrok.scenario import VARIABLE, Scenario, UnknownWordError
from booking_tui.sandbox.ngrok.serving import listen, serve

_WITH_VALUE = frozenset({"--config", "--authtoken", "--region", "--log", "--log-level", "--log-format", "--api-key"})
_TRIED_PORTS = 20


class Command(NamedTuple):
    """A command line taken apart; flags may stand before the words too."""

    words: tuple[str, ...]
    flags: dict[str, str]


def taken_apart(argv: Sequence[str]) -> Command:
    """Part the words from the flags."""
    words: list[str] = []
    flags: dict[str, str] = {}
    waiting = ""
    for part in argv:
        if waiting:
            flags[waiting], waiting = part, ""
        elif part.startswith("--") and "=" in part:
            name, _, flags[name] = part.partition("=")
        elif part in _WITH_VALUE:
            waiting = part
        elif part.startswith("-"):
            flags[part] = ""
        else:
            words.append(part)
    return Command(tuple(words), flags)


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and give its exit code."""
    command = taken_apart(argv)
    if "--version" in command.flags or "-v" in command.flags or command.words[:1] == ("version",):
        return _say(f"ngrok version {AGENT_VERSION}")
    path = Path(command.flags.get("--config") or default_path(environ))
    match command.words:
        case ("start", *_):
            return _start(command, path, environ)
        case ("config", "add-authtoken", token):
            return _stored(path, "authtoken", token, "Authtoken")
        case ("config", "add-api-key", key):
            return _stored(path, "api_key", key, "API key")
        case ("config", "check"):
            return _checked(path)
        case ("update",):
            return _say("No update available, this is the latest version.")
        case ("api", *_):
            return _fail("the stand-in has no remote API")
        case _:
            return _fail(f"unknown command {' '.join(command.words)!r}")


def _say(text: str) -> int:
    sys.stdout.write(text + "\n")
    return 0


def _fail(text: str) -> int:
    sys.stderr.write("".join(f"ERROR:  {line}\n" for line in text.splitlines()))
    return 1


def _stored(path: Path, name: str, value: str, what: str) -> int:
    try:
        store(path, name, value)
    except (ConfigError, OSError) as error:
        return _fail(f"Error reading configuration file '{path}': {error}")
    return _say(f"{what} saved to configuration file: {path}")


def _checked(path: Path) -> int:
    try:
        read_config(path)
    except (ConfigError, OSError) as error:
        return _fail(f"Error reading configuration file '{path}': {error}")
    return _say(f"Valid configuration file at {path}")


def _start(command: Command, path: Path, environ: Mapping[str, str]) -> int:
    try:
        scenario, config = Scenario(environ.get(VARIABLE, "")), _configuration(path)
    except UnknownWordError as error:
        return _fail(str(error))
    except (ConfigError, OSError) as error:
        return _fail(f"Error reading configuration file '{path}': {error}")
    end_with_signals()
    log = Log(clock=time.time, silent=lambda: "silent" in scenario, broken=lambda: os._exit(1))
    log.info("open config file", path=str(path), err="nil")
    token = command.flags.get("--authtoken") or config.authtoken or environ.get("NGROK_AUTHTOKEN", "")
    try:
        listening = _web_service(config, log)
    except OSError as error:
        return _port_taken(log, config.web_addr or DEFAULT_WEB_ADDR, error)
    agent = Agent(scenario, log, token, os._exit, inspect_db_size=config.inspect_db_size)
    _run(agent, listening, config.allow_hosts)
    return 0


def _configuration(path: Path) -> AgentConfig:
    """Read the file; without one everything is at its default. Raises `ConfigError` and `OSError`."""
    try:
        return read_config(path)
    except FileNotFoundError:
        return AgentConfig("3", "", None)


def _run(agent: Agent, listening: socket, allow_hosts: tuple[str, ...]) -> None:
    host, port = listening.getsockname()[:2]
    hosts = "[" + " ".join(allow_hosts) + "]"
    agent.log.info("starting web service", obj="web", addr=f"{host}:{port}", allow_hosts=hosts)
    serve(listening, "web", Rest(agent, allow_hosts).converse)
    agent.start()
    while True:
        # Signals are taken in this thread alone, so it must not wait for anything else.
        threading.Event().wait()


def _web_service(config: AgentConfig, log: Log) -> socket:
    """Bind the address of the REST interface; only the default one gives way. Raises `OSError`."""
    host, _, port = (config.web_addr or DEFAULT_WEB_ADDR).rpartition(":")
    try:
        return listen(host or "127.0.0.1", int(port))
    except OSError:
        if config.web_addr is not None:
            raise
    log.warning("can't bind default web address, trying alternatives", obj="web", addr=DEFAULT_WEB_ADDR)
    for other in range(int(port) + 1, int(port) + _TRIED_PORTS):
        try:
            return listen(host, other)
        except OSError:
            continue
    raise OSError("no port is free")


def _port_taken(log: Log, addr: str, error: OSError) -> int:
    reason = (error.strerror or str(error)).lower()
    text = f"listen tcp {addr}: bind: {reason}"
    log.error("component stopped", obj="controller", comp="web", err=text)
    log.error("terminating with error", obj="app", err=text)
    log.critical("command failed", err=text)
    log.complaint(text)
    log.wait_for_reader()
    return 1
