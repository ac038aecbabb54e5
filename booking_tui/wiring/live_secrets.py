"""Webhook secrets as the settings files say now: a secret set while the engine runs counts without a restart."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Lock

from booking_tui.domain.webhook import SignatureFinding
from booking_tui.paths import Home
from booking_tui.providers.calcom.signature import CalcomSignature
from booking_tui.settings import Settings, load_anyway
from booking_tui.wiring.file_marks import Marks, marks_of

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often deliveries make the files be looked at; a person's deeds look at once."""
_SECTION = "calcom"
_SECRETS, _UNSIGNED = "calcom.webhook_secrets", "calcom.allow_unsigned"
_ENVIRONMENT = " in the environment"


class LiveSecrets:
    """The webhook secrets live now, and the check by them. Safe to use from any thread.

    Without a ``home`` they stay as given (a demo's do). What the environment said at the start wins for as long as the
    process runs. Settings that cannot be used leave the last good secrets in place, and are logged once.
    """

    def __init__(
        self, settings: Settings, home: Home | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._given = settings
        self._files = () if home is None else (home.env, home.config)
        self._home = home
        self._monotonic = monotonic
        self._lock = Lock()
        self._seen = self._signature()
        self._emptied: Marks | None = None
        self._next = monotonic() + LOOK_S
        self._secrets = settings.calcom.webhook_secrets
        self._allow_unsigned = settings.calcom.allow_unsigned
        self._check = CalcomSignature(self._secrets, allow_unsigned=self._allow_unsigned)

    def __call__(self, headers: Sequence[tuple[str, str]], body: bytes) -> SignatureFinding:
        """Check a delivery; the files are looked at once a second at most."""
        if self._files and self._monotonic() >= self._next:
            self.look()
        return self._check(headers, body)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets live now, newest first; the files are looked at first."""
        self.look()
        return self._secrets

    def look(self) -> None:
        """Look at the files at once, and take over what they say when they have changed."""
        if self._home is None:
            return
        with self._lock:
            self._next = self._monotonic() + LOOK_S
            found = self._signature()
            if found != self._seen:
                self._read(self._home, found)

    def _read(self, home: Home, found: Marks) -> None:
        # An empty environment: what it said at the start is kept in the settings given.
        settings, problems = load_anyway(home.root, {})
        wrong = [each for each in problems if each.key.partition(".")[0] == _SECTION or each.key in self._names()]
        if wrong:
            self._seen = found
            words = "; ".join(problem.sentence() for problem in wrong)
            logger.warning("the settings changed and cannot be used, the webhook secrets stay as they were: %s", words)
            return
        speaking = self._given if self._from_outside(_SECRETS) else settings
        secrets = speaking.calcom.webhook_secrets
        if self._secrets and not secrets and self._emptied != found:
            # An editor may just be writing the file: nothing in it counts only when it is seen twice.
            self._emptied = found
            return
        self._seen, self._emptied = found, None
        given = self._given if self._from_outside(_UNSIGNED) else settings
        allowed = given.calcom.allow_unsigned
        if (secrets, allowed) == (self._secrets, self._allow_unsigned):
            return
        self._check = CalcomSignature(secrets, allow_unsigned=allowed)
        self._secrets, self._allow_unsigned = secrets, allowed
        logger.info("the settings changed: %d webhook secrets are live now", len(secrets))

    def _from_outside(self, key: str) -> bool:
        return self._given.origins.get(key, "").endswith(_ENVIRONMENT)

    def _names(self) -> set[str]:
        return {path.name for path in self._files}

    def _signature(self) -> Marks:
        return marks_of(self._files)
