"""How the first settings come to be; apart from the sheet that shows it, which is imported only when it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SECRET_BYTES = 32


def _random_secret() -> str:
    import secrets

    return secrets.token_urlsafe(SECRET_BYTES)


@dataclass(slots=True)
class Setup:
    """How the first settings are written: ``save`` takes the webhook secret and gives the path of the file."""

    save: Callable[[str], str]
    new_secret: Callable[[], str] = _random_secret
    _fresh: str | None = None

    @property
    def secret(self) -> str:
        """The secret to save: the same at each look, for it may have been copied already."""
        if self._fresh is None:
            self._fresh = self.new_secret()
        return self._fresh

    def saved(self) -> None:
        """Forget the secret, which is in the settings now."""
        self._fresh = None
