"""Every mail that was delivered, wherever to: a sequence, the oldest first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import overload

from booking_tui.sandbox.resend.model import Message

KEPT = 1_000
HEAVIEST = 64_000_000
"""How many messages, and about how many bytes, it holds; the oldest go first."""


class Mailbox(Sequence[Message]):
    """Thread-safe. A message stands in it once, however many of its recipients got it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._messages: dict[str, Message] = {}

    def __len__(self) -> int:
        with self._changed:
            return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self.all())

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        return self.all()[index]

    def all(self) -> list[Message]:
        """Give what is in it now."""
        with self._changed:
            return list(self._messages.values())

    def get(self, message_id: str) -> Message | None:
        """Give the message with the id of its email."""
        with self._changed:
            return self._messages.get(message_id)

    def to(self, address: str) -> list[Message]:
        """Give what was delivered to an address."""
        return [message for message in self.all() if address.lower() in message.delivered_to]

    def clear(self) -> None:
        """Empty it."""
        with self._changed:
            self._messages.clear()

    def wait_for(self, condition: Callable[[list[Message]], bool], timeout_s: float = 5.0) -> list[Message]:
        """Wait in real time until what is in it fulfils the condition. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(list(self._messages.values())), timeout_s):
                raise TimeoutError(f"{len(self._messages)} messages, and not those")
            return list(self._messages.values())

    def put(self, message: Message) -> None:
        """Deliver a message, or the same one to one more recipient."""
        with self._changed:
            earlier = self._messages.get(message.id)
            if earlier is not None:
                message = replace(earlier, delivered_to=(*earlier.delivered_to, *message.delivered_to))
            self._messages[message.id] = message
            self._trim()
            self._changed.notify_all()

    def _trim(self) -> None:
        weights = {key: _weight(message) for key, message in self._messages.items()}
        total = sum(weights.values())
        for key, weight in weights.items():
            if len(self._messages) <= KEPT and total <= HEAVIEST:
                break
            del self._messages[key]
            total -= weight


def _weight(message: Message) -> int:
    files = sum(len(file.content or b"") for file in message.attachments)
    return files + len(message.html or "") + len(message.text or "")
