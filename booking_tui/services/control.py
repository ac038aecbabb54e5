"""The control endpoint: deeds asked for by another process of the same person, as JSON over loopback."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from booking_tui.domain.history import Plain
from booking_tui.ports import DeedRefused, Desk
from booking_tui.services.deeds import DEEDS, Fields

logger = logging.getLogger(__name__)


class Control:
    """Answers ``{"deed": name, "arguments": {…}}``; ``questions`` are asked the same way and change nothing."""

    def __init__(self, desk: Desk, token: str, questions: Mapping[str, Callable[[], Plain]]) -> None:
        self._desk = desk
        self._token = token.encode()
        self._questions = questions

    def __call__(self, token: str, body: bytes) -> tuple[int, bytes]:
        """Give the HTTP status and the JSON answer. Never raises."""
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
            return _refusal(401, "the token is wrong: this home's control file has the right one")
        try:
            asked = Fields(_read_json(body), "request")
            name = asked.text("deed")
            result = self._do(name, asked.any("arguments"))
        except _UnknownDeedError as error:
            return _refusal(404, str(error))
        except DeedRefused as error:
            return _refusal(409, str(error))
        except Exception as error:
            logger.exception("a deed failed")
            return _refusal(500, f"the deed failed: {error or type(error).__name__}")
        return 200, json.dumps({"ok": True, "result": result}).encode()

    def _do(self, name: str, arguments: object) -> Plain:
        if question := self._questions.get(name):
            return question()
        if deed := DEEDS.get(name):
            return deed(self._desk, arguments)
        known = [*DEEDS, *self._questions]
        near = get_close_matches(name, known, 1, 0.5)
        hint = f"; did you mean “{near[0]}”?" if near else f"; known are {', '.join(known)}"
        raise _UnknownDeedError(f"there is no deed “{name[:60]}”{hint}")


class _UnknownDeedError(Exception):
    """The deed asked for does not exist."""


def _read_json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DeedRefused("the request is not JSON") from error


def _refusal(status: int, why: str) -> tuple[int, bytes]:
    return status, json.dumps({"ok": False, "error": why}).encode()
