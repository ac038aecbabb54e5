"""Sends webhooks over real HTTP as Cal.com does: the hosted service with its retries, or the classic way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import httpx

from booking_tui.sandbox.calcom.signing import TEST_HEADER, WireRequest

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
"""The answers after which the hosted service tries again; every other one is final."""
GONE = 410
"""The answer that switches the webhook off."""

_ATTEMPTS = 3
_FACTOR = 1.5
_FIRST_WAIT_S = 10.0
_LONGEST_WAIT_S = 600.0
_ANSWER_KEPT = 4096
_SWITCHED_OFF = "the webhook is switched off: its address answered 410 before"
_BAD_ADDRESS = "the address is not an http or https address"


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What came of one webhook; `status` is None when nobody answered, `error` then says why in words."""

    status: int | None
    latency_ms: float
    attempts: int
    error: str | None = None
    body: bytes = b""

    @property
    def delivered(self) -> bool:
        """Say whether Cal.com would count it as delivered."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """One subscriber's line. `wait` takes seconds and is where all waiting happens; not thread-safe."""

    def __init__(
        self,
        url: str,
        *,
        mode: Literal["hosted", "classic"] = "hosted",
        test: bool = False,
        timeout_s: float = 20.0,
        wait: Callable[[float], None] = time.sleep,
        seed: int = 0,
    ) -> None:
        self.url = url
        self.mode = mode
        self.test = test
        self.active = True
        """False once the subscriber answered 410: nothing is sent any more."""
        self._wait = wait
        self._random = random.Random(seed)
        self._client = httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout_s)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, request: WireRequest) -> SentAnswer:
        """Send one webhook, repeated by the rules of the mode. Never raises for what the network does."""
        return self.deliver([request])[0]

    def deliver(self, requests: Sequence[WireRequest]) -> list[SentAnswer]:
        """Send all once, in order and after their own delays; then, hosted, repeat the failed ones one by one."""
        answers: list[SentAnswer] = []
        for request in requests:
            if request.delay_s > 0:
                self._wait(request.delay_s)
            answers.append(self._once(request, 1))
        if self.mode == "hosted":
            for position, request in enumerate(requests):
                if _worth_repeating(answers[position]):
                    answers[position] = self._repeat(request, answers[position])
        return answers

    def _repeat(self, request: WireRequest, answer: SentAnswer) -> SentAnswer:
        for turn in range(_ATTEMPTS):
            self._wait(min(_FIRST_WAIT_S * _FACTOR**turn * self._random.uniform(1, 2), _LONGEST_WAIT_S))
            answer = self._once(request, answer.attempts + 1)
            if not _worth_repeating(answer):
                break
        return answer

    def _once(self, request: WireRequest, attempt: int) -> SentAnswer:
        if not self.active:
            return SentAnswer(None, 0.0, attempt - 1, _SWITCHED_OFF)
        headers = list(request.headers)
        if self.test:
            headers.append((TEST_HEADER, "1"))
        began = time.perf_counter()
        try:
            response = self._client.post(self.url, content=request.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return SentAnswer(None, (time.perf_counter() - began) * 1000, attempt, _in_words(error))
        latency = (time.perf_counter() - began) * 1000
        if response.status_code == GONE:
            self.active = False
        return SentAnswer(response.status_code, latency, attempt, body=response.content[:_ANSWER_KEPT])


def _worth_repeating(answer: SentAnswer) -> bool:
    """Say whether it failed in a way that may pass; what was never sent is not repeated."""
    if answer.status is None:
        return answer.error not in {_SWITCHED_OFF, _BAD_ADDRESS}
    return answer.status in RETRIED


def _in_words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return _BAD_ADDRESS
    if isinstance(error, httpx.ConnectError):
        return f"nobody listens there ({error})"
    return f"the connection broke ({error or type(error).__name__})"
