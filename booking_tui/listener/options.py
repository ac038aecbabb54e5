"""What a listener can be told: addresses, sizes and deadlines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """Everything that shapes a listener. Sizes are bytes, names ending in ``_s`` are seconds."""

    host: str = "127.0.0.1"
    """Where the public port is bound. The local port is always on 127.0.0.1."""
    port: int = 8377
    """0 takes any free port."""
    local_port: int = 8378
    max_body: int = 262_144
    failed_checks_per_minute: int = 60
    """How many refused signatures one source may send a minute before it is told to wait."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names accepted besides loopback and the tunnel's name; without a port any port fits."""

    head_s: float = 5.0
    """From the connection's (or the request's) first byte to the end of the head."""
    body_s: float = 10.0
    """From the end of the head to the end of the body."""
    idle_s: int = 15
    """How long a connection may stay open between two requests."""
    commit_s: float = 4.0
    """How long a delivery may wait for its row to become durable."""
    linger_s: float = 2.0
    """How long a refused sender may go on sending before it is cut off, so that it can read the answer."""
    local_s: float = 60.0
    """How long a local page may work on its answer."""

    head_bytes: int = 16_384
    head_fields: int = 64
    control_body: int = 4 * 1_048_576
    connections: int = 512
    """Open connections on the public port; over it the oldest without a complete request goes first."""
    local_connections: int = 64
