"""Why no answer came over the network, in plain words: one place for all providers."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator

NO_NAME = "no connection to the internet, or its name cannot be looked up"
NO_WAY = "no connection to the internet"
_REFUSED = "nothing answers at its address"
_SLOW = "no answer came in time"
_CERTIFICATE = "its certificate is not accepted; check the date of this computer"
_BROKEN_OFF = "the connection broke off"
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_MOST = 10


def causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what it came from, the nearest first."""
    seen: BaseException | None = error
    for _ in range(_MOST):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def network_words(error: BaseException) -> str:
    """Say why no answer came, without codes and the names of classes."""
    found = [*causes(error)]
    for cause in found:
        if isinstance(cause, socket.gaierror):
            return NO_NAME
        if isinstance(cause, ssl.SSLError):
            return _CERTIFICATE
        if isinstance(cause, TimeoutError):
            return _SLOW
        if isinstance(cause, ConnectionRefusedError):
            return _REFUSED
        if isinstance(cause, ConnectionError):
            return _BROKEN_OFF
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return NO_WAY
    names = {type(cause).__name__ for cause in found}
    if any("Timeout" in name for name in names):
        return _SLOW
    if names & {"RemoteProtocolError", "ReadError", "WriteError", "IncompleteRead"}:
        return _BROKEN_OFF
    return re.sub(r"^\[(?:Errno -?\d+|SSL[^\]]*)\] ", "", str(error)) or "the connection could not be made"
