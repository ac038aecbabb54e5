"""Settings: msgspec structs that are schema, defaults and checks at once, read from three places."""

from __future__ import annotations

from booking_tui.settings.loading import Shown, demo_settings, describe, forget_secrets, load, load_anyway
from booking_tui.settings.machine import machine_zone
from booking_tui.settings.problems import Problem, SettingsError
from booking_tui.settings.schema import Settings

__all__ = [
    "Problem",
    "Settings",
    "SettingsError",
    "Shown",
    "demo_settings",
    "describe",
    "forget_secrets",
    "load",
    "load_anyway",
    "machine_zone",
]
