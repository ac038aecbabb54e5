"""The stand-in's own calls: look at its state, switch scenarios, and make things happen while it runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import NamedTuple

from booking_tui.sandbox.ngrok.agent import Agent
from booking_tui.sandbox.ngrok.bodies import JsonObject, json_object
from booking_tui.sandbox.ngrok.scenario import DEEDS

_NETWORK = frozenset({"network-gone", "network-back"})
_KEYS = frozenset({"set", "unset", "do", "say"})


class Reply(NamedTuple):
    """What the stand-in's own calls are answered with."""

    status: int
    shown: JsonObject
    later: Callable[[], None] | None = None


class Control:
    """Answers `GET /_fake/edges` and `GET` and `POST /_fake/control`."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def answer(self, method: str, words: tuple[str, ...], body: bytes) -> Reply:
        """Give the status, what to answer with, and what to do when that is sent."""
        if words == ("edges",) and method == "GET":
            return Reply(200, {"edges": self._agent.addresses.edges()})
        if words != ("control",) or method not in {"GET", "POST"}:
            return Reply(404, {"error": "the stand-in knows /_fake/edges and /_fake/control"})
        later: Callable[[], None] | None = None
        if method == "POST":
            try:
                later = self._obey(body)
            except ValueError as error:
                return Reply(400, {"error": str(error)})
        return Reply(200, self._state(), later)

    def _obey(self, body: bytes) -> Callable[[], None] | None:
        """Do what the call asks for: unset, set, say, do, in this order. Raises `ValueError`.

        What may end the process is given back, to be done after the answer.
        """
        wishes = {key: str(value) for key, value in json_object(body).items()}
        if unknown := wishes.keys() - _KEYS:
            raise ValueError(f"unknown keys {sorted(unknown)}: the stand-in knows {sorted(_KEYS)}")
        deed = wishes.get("do", "")
        if deed and deed not in DEEDS | _NETWORK:
            raise ValueError(f"unknown deed {deed!r}: the stand-in knows {sorted(DEEDS | _NETWORK)}")
        self._agent.put(wishes.get("set", ""), lifted=wishes.get("unset", ""))
        if "say" in wishes:
            # In its own thread, as all that is written to stdout here: nobody may be reading it.
            threading.Thread(target=self._agent.log.raw, args=(wishes["say"],), daemon=True).start()
        if deed in _NETWORK:
            self._agent.session.do(deed)
        return (lambda: self._agent.session.do(deed)) if deed in DEEDS else None

    def _state(self) -> JsonObject:
        agent = self._agent
        return {
            "pid": os.getpid(),
            "scenario": agent.scenario.words,
            "session": agent.session.status,
            "network": agent.session.network,
            "endpoints": {one.name: one.url for one in agent.endpoints()},
            "edges": agent.addresses.edges(),
            "captures": len(agent.captures),
        }
