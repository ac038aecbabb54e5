"""The calls about emails: send, batch, list, get, update, cancel; and domains and usage.

Shapes: `POST /emails` → `{"id"}`; batch → `{"data": [{"id"}, …]}`, with `errors: [{"index", "message"}]` when it is
permissive; `GET /emails/{id}` → the email with its `last_event`.
"""

from __future__ import annotations

from datetime import datetime

from starlette.routing import Route

from booking_tui.sandbox.resend.account import Account
from booking_tui.sandbox.resend.drafts import read_draft, read_schedule
from booking_tui.sandbox.resend.gate import Answer, Asked, Gate
from booking_tui.sandbox.resend.idempotency import LIFETIME, IdempotencyKeys, read_key
from booking_tui.sandbox.resend.limits import Limits
from booking_tui.sandbox.resend.model import Draft, Email, listed, shape
from booking_tui.sandbox.resend.paging import page
from booking_tui.sandbox.resend.postoffice import PostOffice
from booking_tui.sandbox.resend.wire import ApiError, Json, JsonObject, invalid, not_found
from booking_tui.sandbox.resend.world import World

BATCH_MAX = 100


class EmailCalls:
    """Every call is made under the world's lock."""

    def __init__(self, world: World, account: Account, limits: Limits, office: PostOffice) -> None:
        self.keys = IdempotencyKeys()
        self._world = world
        self._account = account
        self._limits = limits
        self._office = office

    def routes(self, gate: Gate) -> list[Route]:
        """Give the routes, behind the gate."""
        return [
            gate.route("/emails", {"POST": self.send, "GET": self.listing}),
            gate.route("/emails/batch", {"POST": self.batch}),
            gate.route("/emails/{email_id}", {"GET": self.get, "PATCH": self.update}),
            gate.route("/emails/{email_id}/cancel", {"POST": self.cancel}),
            gate.route("/domains", {"GET": self.domains}),
            gate.route("/usage", {"GET": self.usage}),
        ]

    def send(self, asked: Asked) -> Answer:
        scope = self._scope(asked)
        if scope is not None and (earlier := self._claim(scope, asked)) is not None:
            return Answer(earlier)
        now = self._world.clock()
        draft = self._draft(asked.json(), now, batch=False)
        self._check_quota([draft], now)
        email = self._office.accept(draft, asked.api_key, read_key(asked.headers.get("idempotency-key")))
        body: Json = {"id": email.id}
        if scope is not None:
            self.keys.keep(scope, body, max(now, draft.scheduled_at or now) + LIFETIME)
        return Answer(body)

    def batch(self, asked: Asked) -> Answer:
        scope = self._scope(asked)
        if scope is not None and (earlier := self._claim(scope, asked)) is not None:
            return Answer(earlier)
        now = self._world.clock()
        drafts, errors = self._drafts(asked, now)
        self._check_quota(drafts, now)
        key = read_key(asked.headers.get("idempotency-key"))
        emails = [self._office.accept(draft, asked.api_key, key, batch=True) for draft in drafts]
        body: JsonObject = {"data": [{"id": email.id} for email in emails]}
        if _permissive(asked):
            body["errors"] = errors
        if scope is not None:
            last = max((draft.scheduled_at or now for draft in drafts), default=now)
            self.keys.keep(scope, body, last + LIFETIME)
        return Answer(body)

    def listing(self, asked: Asked) -> Answer:
        return Answer(page(self._office.emails()[::-1], asked.query, listed))

    def get(self, asked: Asked) -> Answer:
        return Answer(shape(self._email(asked)))

    def update(self, asked: Asked) -> Answer:
        email, body = self._email(asked), asked.json()
        if not isinstance(body, dict):
            raise invalid("The request body must be an object.")
        self._office.reschedule(email, read_schedule(body, self._world.clock()))
        return Answer({"object": "email", "id": email.id})

    def cancel(self, asked: Asked) -> Answer:
        email = self._email(asked)
        self._office.cancel(email)
        return Answer({"object": "email", "id": email.id})

    def domains(self, asked: Asked) -> Answer:
        return Answer(page(list(self._account.domains.values()), asked.query, lambda domain: domain.shape(), 100))

    def usage(self, _: Asked) -> Answer:
        return Answer(self._limits.usage(self._world.clock()))

    def _email(self, asked: Asked) -> Email:
        email = self._office.get(asked.params["email_id"])
        if email is None:
            raise not_found("Email")
        return email

    def _scope(self, asked: Asked) -> str | None:
        key = read_key(asked.headers.get("idempotency-key"))
        return None if key is None else f"{asked.name} {key}"

    def _claim(self, scope: str, asked: Asked) -> Json:
        earlier = self.keys.claim(scope, asked.raw, self._world.clock())
        if earlier is None:
            asked.finally_.append(lambda: self.keys.release(scope))
        return earlier

    def _draft(self, item: Json, now: datetime, *, batch: bool) -> Draft:
        draft = read_draft(item, now, batch=batch)
        self._account.check_sender(draft)
        return draft

    def _drafts(self, asked: Asked, now: datetime) -> tuple[list[Draft], list[Json]]:
        """Read all items. Strict: the first bad one refuses all; permissive: it is left out and told."""
        items = asked.json()
        if not isinstance(items, list) or not 1 <= len(items) <= BATCH_MAX:
            raise invalid(f"The request body must be an array of 1 to {BATCH_MAX} emails.")
        drafts: list[Draft] = []
        errors: list[Json] = []
        for index, item in enumerate(items):
            try:
                drafts.append(self._draft(item, now, batch=True))
            except ApiError as error:
                if not _permissive(asked):
                    raise ApiError(error.status, error.name, f"Email at index {index}: {error}") from None
                errors.append({"index": index, "message": str(error)})
        return drafts, errors

    def _check_quota(self, drafts: list[Draft], now: datetime) -> None:
        # What is scheduled counts on the day it goes out.
        recipients = sum(len(draft.recipients()) for draft in drafts if draft.scheduled_at is None)
        if recipients and (refusal := self._limits.exceeded(recipients, now)) is not None:
            raise refusal


def _permissive(asked: Asked) -> bool:
    return asked.headers.get("x-batch-validation") == "permissive"
