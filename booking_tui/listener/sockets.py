"""Listening sockets, bound here so that a taken port is an answer and not a dead thread."""

from __future__ import annotations

import errno
import socket
import sys

BACKLOG = 2048


class CannotListen(Exception):  # noqa: N818 - named as the sentence it makes
    """The port cannot be listened on; ``reason`` says why in words."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


class PortTaken(CannotListen):
    """Another program listens on the port."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__(host, port, "the port is taken by another program")


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind and listen on host and port (0 = any free one). Raises PortTaken or CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only for sockets that say IPPROTO_TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)  # noqa: FBT003
    except (OSError, OverflowError) as error:
        sock.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortTaken(port, host) from error
        raise CannotListen(host, port, str(error)) from error
    return sock


def port_of(sock: socket.socket) -> int:
    """Give the port a bound socket got."""
    return int(sock.getsockname()[1])
