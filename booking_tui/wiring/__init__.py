"""The only place that knows every concrete class. Vendors, screens and simulators are imported when they are needed."""

from __future__ import annotations

from booking_tui.wiring.engines import build_engine
from booking_tui.wiring.homes import (
    failure_in_words,
    holder_desk,
    open_desk,
    open_nothing,
    open_queries,
    served_homes,
    signer,
)
from booking_tui.wiring.mail import mail_writing
from booking_tui.wiring.screens import open_dashboard, open_demo, run_dashboard, run_demo
from booking_tui.wiring.sources import explain_signature, fixture, masked, signature_check, sources
from booking_tui.wiring.tries import build_sandbox, remote_sender, scenarios

__all__ = [
    "build_engine",
    "build_sandbox",
    "explain_signature",
    "failure_in_words",
    "fixture",
    "holder_desk",
    "mail_writing",
    "masked",
    "open_dashboard",
    "open_demo",
    "open_desk",
    "open_nothing",
    "open_queries",
    "remote_sender",
    "run_dashboard",
    "run_demo",
    "scenarios",
    "served_homes",
    "signature_check",
    "signer",
    "sources",
]
