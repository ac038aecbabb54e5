"""The seams of the program: Protocols where two implementations exist, and the values that cross them."""

from __future__ import annotations

from booking_tui.ports.desk import DeedAnswer, DeedRefused, Desk, TestAnswer, TestRequest, TestSender
from booking_tui.ports.time import Clock, Ids
from booking_tui.ports.tunnels import Doubtful, Ping, Tunnel, TunnelSetup, TunnelSource
from booking_tui.ports.webhooks import (
    DeliveryStore,
    Interpreter,
    SignatureCheck,
    SignatureReport,
    SignatureWhy,
    WebhookSource,
)

__all__ = [
    "Clock",
    "DeedAnswer",
    "DeedRefused",
    "DeliveryStore",
    "Desk",
    "Doubtful",
    "Ids",
    "Interpreter",
    "Ping",
    "SignatureCheck",
    "SignatureReport",
    "SignatureWhy",
    "TestAnswer",
    "TestRequest",
    "TestSender",
    "Tunnel",
    "TunnelSetup",
    "TunnelSource",
    "WebhookSource",
]
