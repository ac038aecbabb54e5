"""The calls about suppressions: list, add, get, remove, and both in batches of at most 100.

Addresses are compared in lower case; adding one that is there gives its entry; a batch leaves out what it did not find.
"""

from __future__ import annotations

from starlette.routing import Route

from booking_tui.sandbox.resend.gate import Answer, Asked, Gate
from booking_tui.sandbox.resend.model import address_of
from booking_tui.sandbox.resend.paging import page
from booking_tui.sandbox.resend.suppressions import ORIGINS, Suppression, Suppressions, shape
from booking_tui.sandbox.resend.wire import Json, JsonObject, invalid, missing, not_found

BATCH_MAX = 100


class SuppressionCalls:
    """Every call is made under the world's lock."""

    def __init__(self, suppressions: Suppressions) -> None:
        self._rows = suppressions

    def routes(self, gate: Gate) -> list[Route]:
        """Give the routes, behind the gate."""
        return [
            gate.route("/suppressions", {"POST": self.add, "GET": self.listing}),
            gate.route("/suppressions/batch/add", {"POST": self.batch_add}),
            gate.route("/suppressions/batch/remove", {"POST": self.batch_remove}),
            gate.route("/suppressions/{suppression}", {"GET": self.get, "DELETE": self.remove}),
        ]

    def listing(self, asked: Asked) -> Answer:
        origin = asked.query.get("origin")
        if origin is not None and origin not in ORIGINS:
            raise invalid(f"The `origin` parameter must be one of {', '.join(ORIGINS)}.")
        rows = [row for row in self._rows if origin in (None, row.origin)]
        return Answer(page(rows[::-1], asked.query, shape))

    def add(self, asked: Asked) -> Answer:
        row = self._rows.add(_address(_object(asked).get("email")))
        return Answer({"object": "suppression", "id": row.id}, 201)

    def get(self, asked: Asked) -> Answer:
        row = self._rows.find(asked.params["suppression"])
        if row is None:
            raise not_found("Suppression")
        return Answer({"object": "suppression", **shape(row)})

    def remove(self, asked: Asked) -> Answer:
        row = self._rows.remove(asked.params["suppression"])
        if row is None:
            raise not_found("Suppression")
        return Answer(_removed(row))

    def batch_add(self, asked: Asked) -> Answer:
        addresses = [_address(item) for item in _items(_object(asked), "emails")]
        rows = [self._rows.add(address) for address in dict.fromkeys(addresses)]
        return Answer({"data": [{"object": "suppression", "id": row.id} for row in rows]}, 201)

    def batch_remove(self, asked: Asked) -> Answer:
        body = _object(asked)
        if ("emails" in body) == ("ids" in body):
            raise invalid("Provide either `emails` or `ids`, but not both.")
        wanted = [str(item) for item in _items(body, "emails" if "emails" in body else "ids")]
        rows = [row for item in wanted if (row := self._rows.remove(item)) is not None]
        return Answer({"data": [_removed(row) for row in rows]})


def _removed(row: Suppression) -> JsonObject:
    return {"object": "suppression", "id": row.id, "deleted": True}


def _object(asked: Asked) -> JsonObject:
    body = asked.json()
    if not isinstance(body, dict):
        raise invalid("The request body must be an object.")
    return body


def _address(value: Json) -> str:
    if value is None:
        raise missing("email")
    address = address_of(value) if isinstance(value, str) else None
    if address is None:
        raise invalid("Invalid `email` field.")
    return address


def _items(body: JsonObject, name: str) -> list[Json]:
    items = body.get(name)
    if not isinstance(items, list) or not 1 <= len(items) <= BATCH_MAX:
        raise invalid(f"The `{name}` field must be an array of 1 to {BATCH_MAX} items.")
    return items
