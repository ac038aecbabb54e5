"""The agent's own REST interface on this machine, asked without pyngrok: that would start a dead agent anew."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import httpx
import msgspec

from booking_tui.providers.tunnel.deadline import Deadline

_AWAY: Final = frozenset({"connecting", "reconnecting", "disconnected", "offline", "closed", "refused"})
"""What an agent without a session calls itself."""
MOST_BYTES: Final = 1_000_000
"""An agent's answer has some hundred bytes an endpoint."""
_CHUNK: Final = 65536
_ONLINE: Final = "online"
"""The only other word that ngrok documents."""


class NoAnswer(Exception):  # noqa: N818 - it names what happened, not a mistake
    """The interface did not answer in time, or not at all, or without an end."""


class Nonsense(Exception):  # noqa: N818 - it names what happened, not a mistake
    """The interface answered something that is not the agent's language."""


class Endpoint(msgspec.Struct, frozen=True):
    """A public URL and the name that we gave it."""

    url: str
    name: str = ""


class _Endpoints(msgspec.Struct, frozen=True):
    endpoints: list[Endpoint]


class _Status(msgspec.Struct, frozen=True):
    status: str = ""


class AgentApi:
    """The interface under its address, such as ``http://127.0.0.1:4040``. Ask from one thread, close it at the end.

    ``answer_s`` is how long each of connecting, sending and reading may take; all of it may take half as long again.
    """

    def __init__(self, url: str, *, answer_s: float) -> None:
        # Without trust_env: a proxy of the surroundings must never stand between us and our own machine.
        self._client = httpx.Client(base_url=url, timeout=answer_s, trust_env=False, follow_redirects=False)
        self._client.headers["Accept-Encoding"] = "identity"
        self._deadline = Deadline()
        self._whole_s = answer_s * 1.5

    def endpoints(self) -> list[Endpoint]:
        """Give the endpoints as they are now. Raises NoAnswer, Nonsense."""
        try:
            return msgspec.json.decode(self._get("/api/endpoints"), type=_Endpoints).endpoints
        except msgspec.MsgspecError as error:
            raise Nonsense(str(error)) from None

    def online(self) -> bool | None:
        """Say whether the agent calls itself online, None when it says nothing clear. Raises NoAnswer."""
        try:
            status = msgspec.json.decode(self._get("/api/status"), type=_Status).status
        except (Nonsense, msgspec.MsgspecError):
            return None
        return True if status == _ONLINE else False if status in _AWAY else None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _get(self, path: str) -> bytes:
        try:
            with (
                self._deadline.within(self._whole_s),
                self._client.stream("GET", path, extensions=self._deadline.extensions) as answer,
            ):
                body = self._body(answer)
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None
        if self._deadline.passed:
            raise NoAnswer("too slow")
        if answer.status_code != HTTPStatus.OK:
            raise Nonsense(f"{path} answered {answer.status_code}")
        return body

    def _body(self, answer: httpx.Response) -> bytes:
        body = b""
        for chunk in answer.iter_raw(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                raise NoAnswer("an answer without an end")
        return body
