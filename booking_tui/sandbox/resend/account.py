"""The team: its keys and its domains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking_tui.sandbox.resend.fates import TEST_DOMAIN
from booking_tui.sandbox.resend.model import Draft, address_of
from booking_tui.sandbox.resend.wire import ApiError, JsonObject, in_events, in_rows
from booking_tui.sandbox.resend.world import World

FULL_KEY = "re_sandbox_full_access"
SENDING_KEY = "re_sandbox_sending_access"
ONBOARDING = f"onboarding@{TEST_DOMAIN}"
VERIFIED = ("example.com", "practice.example.com")

Permission = Literal["full_access", "sending_access"]
KeyState = Literal["active", "suspended", "inactive"]
DomainStatus = Literal["not_started", "pending", "verified", "partially_verified", "partially_failed", "failed"]


@dataclass(slots=True)
class ApiKey:
    """What a key may do; both fields can be changed at any time."""

    permission: Permission = "full_access"
    state: KeyState = "active"


@dataclass(slots=True)
class Domain:
    """One sending domain."""

    id: str
    name: str
    status: DomainStatus
    created_at: datetime

    def shape(self, instant: Callable[[datetime], str] = in_rows) -> JsonObject:
        """Describe it."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "created_at": instant(self.created_at),
            "region": "eu-west-1",
            "capabilities": {"sending": "enabled", "receiving": "disabled"},
        }


class Account:
    """The team; `owner` is the address that the testing sender may send to."""

    def __init__(self, world: World, owner: str, emit: Callable[[str, JsonObject], None]) -> None:
        self.owner = owner.lower()
        self.api_keys: dict[str, ApiKey] = {FULL_KEY: ApiKey(), SENDING_KEY: ApiKey("sending_access")}
        self._world = world
        self._emit = emit
        self.domains: dict[str, Domain] = {
            name: Domain(world.new_id(), name, "verified", world.clock()) for name in VERIFIED
        }

    def set_domain(self, name: str, status: DomainStatus) -> Domain:
        """Give a domain a status, a new one too; sends `domain.updated` or `domain.created`."""
        with self._world.lock:
            domain = self.domains.get(name)
            event = "domain.created" if domain is None else "domain.updated"
            if domain is None:
                domain = self.domains[name] = Domain(self._world.new_id(), name, status, self._world.clock())
            domain.status = status
            self._emit(event, domain.shape(in_events) | {"records": []})
            return domain

    def admit(self, authorization: str | None, *, sending: bool) -> str:
        """Give the key of a call. Raises `ApiError` 401 or 403."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ApiError(401, "missing_api_key", "Missing API Key")
        key = self.api_keys.get(token.strip())
        if key is None:
            raise ApiError(403, "invalid_api_key", "API key is invalid")
        if key.state == "suspended":
            raise ApiError(403, "suspended_api_key", "This API key is suspended")
        if key.state == "inactive":
            raise ApiError(403, "restricted_api_key", "This API key is not active")
        if key.permission == "sending_access" and not sending:
            raise ApiError(401, "restricted_api_key", "This API key is restricted to only send emails")
        return token.strip()

    def still_sends(self, token: str) -> bool:
        """Say whether what was scheduled with a key may still go out."""
        key = self.api_keys.get(token)
        return key is not None and key.state == "active"

    def check_sender(self, draft: Draft) -> None:
        """Raise `ApiError` 403 unless the sender's domain is verified, exactly; the testing sender has its own rule."""
        sender = address_of(draft.from_) or ""
        domain = sender.rpartition("@")[2]
        if sender == ONBOARDING:
            return self._check_testing(draft)
        known = self.domains.get(domain)
        if known is None or known.status != "verified":
            raise ApiError(
                403,
                "validation_error",
                f"The {domain} domain is not verified. Please, add and verify your domain on https://resend.com/domains",
            )
        return None

    def _check_testing(self, draft: Draft) -> None:
        for recipient in draft.recipients():
            if recipient != self.owner and not recipient.endswith(f"@{TEST_DOMAIN}"):
                raise ApiError(
                    403,
                    "validation_error",
                    f"You can only send testing emails to your own email address ({self.owner}). To send emails to "
                    "other recipients, please verify a domain at resend.com/domains, and change the `from` address "
                    "to an email using this domain.",
                )
