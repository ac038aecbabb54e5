"""The agent's own REST interface on this machine, asked without pyngrok: that would start a dead agent anew."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import httpx
import msgspec

_AWAY: Final = frozenset({"connecting", "reconnecting", "disconnected", "offline", "closed", "refused"})
"""What an agent without a session calls itself."""
_ONLINE: Final = "online"
"""The only other word that ngrok documents."""


class NoAnswer(Exception):  # noqa: N818 - it names what happened, not a mistake
    """The interface did not answer in time, or not at all."""


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

    ``answer_s`` is how long each of connecting, sending and reading may take.
    """

    def __init__(self, url: str, *, answer_s: float) -> None:
        # Without trust_env: a proxy of the surroundings must never stand between us and our own machine.
        self._client = httpx.Client(base_url=url, timeout=answer_s, trust_env=False, follow_redirects=False)

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
            answer = self._client.get(path)
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None
        if answer.status_code != HTTPStatus.OK:
            raise Nonsense(f"{path} answered {answer.status_code}")
        return answer.content
