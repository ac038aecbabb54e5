"""Our webhook at the provider: one, enabled, leading here; and what it could not deliver."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking_tui.domain.mail.answer import Phase
from booking_tui.ports.mail import BegunWebhook, MailRefused, MissedEvent, OwnWebhooks, WebhookKept
from booking_tui.providers.resend.client import ResendProvider
from booking_tui.providers.resend.hooks import KINDS
from booking_tui.providers.resend.http import Timeouts
from tests.providers.resend.conftest import Providers
from tests.providers.resend.loopback import Loopback, Reply, Request, error, reply
from tests.providers.resend.test_questions import pages

URL = "https://desk.example.com/webhooks/resend"
OLD_URL = "https://old-tunnel.example.net/webhooks/resend"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SINCE = datetime(2026, 11, 20, tzinfo=UTC)


class Account:
    """The webhooks of an account and their log, as far as these tests need them."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.hooks: list[dict[str, Any]] = []
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.payloads: dict[str, bytes] = {}
        self.refuse: dict[str, Reply] = {}
        server.route = self

    def __call__(self, request: Request) -> Reply:
        path = request.target.partition("?")[0].split("/")[1:]
        key = f"{request.method} /{'/'.join(path)}"
        if key in self.refuse:
            return self.refuse[key]
        match request.method, path:
            case "GET", ["webhooks"]:
                return pages(self.hooks)(request)
            case "POST", ["webhooks"]:
                self.hooks.append({"id": "made", "status": "enabled", **request.json})
                return reply(201, {"object": "webhook", "id": "made", "signing_secret": SECRET})
            case "GET", ["webhooks", hook_id]:
                return reply(200, {"object": "webhook", "id": hook_id, "signing_secret": SECRET})
            case "PATCH", ["webhooks", hook_id]:
                self.hook(hook_id).update({name: request.json[name] for name in ("endpoint", "events", "status")})
                return reply(200, {"object": "webhook", "id": hook_id})
            case "DELETE", ["webhooks", hook_id]:
                self.hooks.remove(self.hook(hook_id))
                return reply(200, {"object": "webhook", "id": hook_id, "deleted": True})
            case "GET", ["webhooks", hook_id, "events"]:
                return pages(self.events[hook_id])(request)
            case "GET", ["webhooks", hook_id, "events", event_id]:
                content = b'{"object":"webhook_event","id":"%s","payload":%s}' % (
                    event_id.encode(),
                    self.payloads[event_id],
                )
                return Reply(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
            case _:
                return error(404, "not_found", "no such thing")

    def hook(self, hook_id: str) -> dict[str, Any]:
        return next(hook for hook in self.hooks if hook["id"] == hook_id)

    def add(self, hook_id: str, endpoint: str, status: str = "enabled", kinds: object = KINDS) -> None:
        self.hooks.append({"id": hook_id, "endpoint": endpoint, "status": status, "events": kinds})

    def log(self, hook_id: str, event_id: str, minutes: int, status: str = "failed", payload: str = "{}") -> None:
        """Note an event so many minutes after ``SINCE``; the newest comes first."""
        at = (SINCE + timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"id": event_id, "type": "email.sent", "created_at": at, "status": status}
        self.events.setdefault(hook_id, []).insert(0, entry)
        self.payloads[event_id] = payload.encode()

    @property
    def deeds(self) -> list[str]:
        return [f"{request.method} {request.target}" for request in self.server.requests]

    @property
    def changes(self) -> list[str]:
        return [deed for deed in self.deeds if not deed.startswith("GET")]


OURS = OwnWebhooks(frozenset({"ours", "old", "off", "right", "made"}))


def keep(provider: ResendProvider, own: OwnWebhooks = OURS, begun: list[BegunWebhook] | None = None) -> WebhookKept:
    return provider.keep_webhook(URL, own, ([] if begun is None else begun).append)


def missed(provider: ResendProvider, own: OwnWebhooks = OURS, known: Sequence[str] = ()) -> tuple[MissedEvent, ...]:
    """Give what was missed, where that is all of it."""
    found = provider.missed_events(SINCE, own, lambda ids: [each for each in ids if each in known])
    assert found.complete
    return found.events


def part(provider: ResendProvider) -> list[str]:
    """Give the ids of what was missed, where that is not all of it."""
    found = provider.missed_events(SINCE, OURS, lambda _: ())
    assert not found.complete
    return [event.message_id for event in found.events]


@pytest.fixture
def account(server: Loopback) -> Account:
    return Account(server)


def test_without_one_a_webhook_is_made(account: Account, provider: ResendProvider) -> None:
    account.add("foreign", "https://shop.example.com/hooks")
    assert keep(provider) == WebhookKept("made", created=True, changed=False, secret=SECRET)
    made = account.hook("made")
    assert (made["endpoint"], tuple(made["events"])) == (URL, KINDS)
    assert account.changes == ["POST /webhooks"]


def test_one_that_is_right_is_left_alone(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    assert keep(provider) == WebhookKept("ours", created=False, changed=False, secret=SECRET)
    assert account.changes == []


@pytest.mark.parametrize(
    ("endpoint", "status", "kinds"),
    [
        (OLD_URL, "enabled", KINDS),
        (OLD_URL + "/", "disabled", ["email.sent"]),
        (URL, "disabled", KINDS),
        (URL, "enabled", KINDS[:-1]),
        (URL, "enabled", [*KINDS, "email.opened"]),
        (URL, "enabled", None),
        (URL, None, KINDS),
    ],
)
def test_one_that_is_not_right_is_set_right(
    endpoint: str, status: str, kinds: object, account: Account, provider: ResendProvider
) -> None:
    account.add("ours", endpoint, status, kinds)
    assert keep(provider) == WebhookKept("ours", created=False, changed=True, secret=SECRET)
    hook = account.hook("ours")
    assert (hook["endpoint"], hook["status"], tuple(hook["events"])) == (URL, "enabled", KINDS)
    assert account.changes == ["PATCH /webhooks/ours"]


def test_surplus_ones_of_ours_go_and_foreign_ones_stay(account: Account, provider: ResendProvider) -> None:
    account.add("foreign", "https://shop.example.com/hooks")
    account.add("old", OLD_URL)
    account.add("off", URL, "disabled")
    account.add("right", URL)
    account.add("odd", "http://[::")
    account.add("theirs", URL)
    account.add("theirs-too", OLD_URL)
    account.hooks.append({"endpoint": 7})
    assert keep(provider).webhook_id == "right"
    assert [hook.get("id") for hook in account.hooks] == ["foreign", "right", "odd", "theirs", "theirs-too", None]
    assert sorted(account.changes) == ["DELETE /webhooks/off", "DELETE /webhooks/old"]


def test_whatever_is_not_ours_is_neither_changed_nor_read(account: Account, provider: ResendProvider) -> None:
    """Another program of the account may be reached at the same path, and so is another home of this one."""
    account.add("theirs", "https://app.example.com/webhooks/resend", kinds=["email.opened"])
    account.add("elsewhere", "https://other-desk.example.net/webhooks/resend")
    account.log("theirs", "msg_1", 1)
    account.log("elsewhere", "msg_2", 1)
    begun: list[BegunWebhook] = []
    assert keep(provider, begun=begun).webhook_id == "made"
    assert begun == [BegunWebhook(URL, frozenset({"theirs", "elsewhere"}))]
    assert account.changes == ["POST /webhooks"]
    account.events["made"] = []
    assert missed(provider) == ()
    assert not [deed for deed in account.deeds if "theirs" in deed or "elsewhere" in deed]


@pytest.mark.parametrize("endpoint", [URL, OLD_URL])
@pytest.mark.parametrize("known", [SECRET, SECRET.removeprefix("whsec_")])
def test_one_from_before_ids_were_kept_is_known_by_its_secret(
    endpoint: str, known: str, account: Account, provider: ResendProvider
) -> None:
    account.add("of-before", endpoint)
    account.log("of-before", "msg_1", 1)
    own = OwnWebhooks(secrets=frozenset({known, "whsec_another"}))
    assert [event.message_id for event in missed(provider, own)] == ["msg_1"]
    assert keep(provider, own) == WebhookKept("of-before", created=False, changed=endpoint != URL, secret=SECRET)
    assert len(account.hooks) == 1


@pytest.mark.parametrize("secrets", [frozenset[str](), frozenset({"whsec_another"})])
def test_one_at_our_very_address_with_another_secret_is_not_ours(
    secrets: frozenset[str], account: Account, provider: ResendProvider
) -> None:
    account.add("theirs", URL)
    own = OwnWebhooks(frozenset({"gone"}), secrets)
    assert keep(provider, own).webhook_id == "made"
    assert account.changes == ["POST /webhooks"]


def test_while_it_cannot_be_asked_whose_it_is_nothing_is_made(account: Account, provider: ResendProvider) -> None:
    account.add("of-before", URL)
    account.refuse["GET /webhooks/of-before"] = error(500, "application_error", "ill")
    with pytest.raises(MailRefused):
        keep(provider, OwnWebhooks(secrets=frozenset({SECRET})))
    account.refuse["GET /webhooks/of-before"] = error(404, "not_found", "gone")
    assert keep(provider, OwnWebhooks(secrets=frozenset({SECRET}))).created


def test_one_whose_making_was_not_answered_is_ours(account: Account, provider: ResendProvider) -> None:
    account.add("theirs", URL)
    account.add("made-then", URL + "/")
    own = OwnWebhooks(begun=BegunWebhook(URL, frozenset({"theirs"})))
    assert keep(provider, own) == WebhookKept("made-then", created=False, changed=False, secret=SECRET)
    assert account.changes == []


def test_one_that_somebody_else_deleted_meanwhile_is_no_trouble(account: Account, provider: ResendProvider) -> None:
    account.add("right", URL)
    account.add("old", OLD_URL)
    account.refuse["DELETE /webhooks/old"] = error(404, "not_found", "gone")
    assert keep(provider).webhook_id == "right"
    account.refuse["DELETE /webhooks/old"] = error(500, "application_error", "ill")
    with pytest.raises(MailRefused):
        keep(provider)


def test_the_secret_may_be_kept_from_us(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    account.refuse["GET /webhooks/ours"] = error(401, "restricted_api_key")
    assert keep(provider).secret is None


def test_a_webhook_made_without_an_id_is_refused_and_its_secret_hidden(
    account: Account, provider: ResendProvider
) -> None:
    account.refuse["POST /webhooks"] = reply(201, {"signing_secret": SECRET})
    with pytest.raises(MailRefused) as refused:
        keep(provider)
    assert refused.value.answer.phase is Phase.UNCERTAIN
    assert SECRET not in repr(refused.value.answer)


PAYLOAD = '{"type": "email.sent",  "created_at":"2026-11-20T00:01:00.000Z", "data":{"subject":"Zo\\u00eb Zoë"}}'


def test_what_did_not_reach_us_oldest_first_with_its_bytes(account: Account, provider: ResendProvider) -> None:
    account.add("ours", OLD_URL)
    account.add("foreign", "https://shop.example.com/hooks")
    account.log("ours", "msg_before", -1)
    account.log("ours", "msg_1", 0, "failed", PAYLOAD)
    account.log("ours", "msg_2", 2, "success")
    account.log("ours", "msg_3", 3, "pending")
    account.log("ours", "msg_4", 4, "attempting")
    found = missed(provider)
    assert [event.message_id for event in found] == ["msg_1", "msg_3", "msg_4"]
    assert (found[0].body, found[0].at) == (PAYLOAD.encode(), SINCE)
    assert json.loads(found[0].body)["data"]["subject"] == "Zoë Zoë"


def test_no_webhook_no_log(account: Account, provider: ResendProvider) -> None:
    assert missed(provider) == ()


def test_the_log_is_read_as_far_back_as_needed(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    for number in range(450):
        account.log("ours", f"msg_{number}", number - 300, "success" if number % 50 else "failed")
    found = missed(provider)
    assert [event.message_id for event in found] == ["msg_300", "msg_350", "msg_400"]
    assert sum(deed.startswith("GET /webhooks/ours/events?") for deed in account.deeds) == 2


def test_one_message_in_two_logs_is_one(account: Account, provider: ResendProvider) -> None:
    for hook_id, url in (("ours", URL), ("old", OLD_URL)):
        account.add(hook_id, url)
        account.log(hook_id, "msg_1", 1)
    assert [event.message_id for event in missed(provider)] == ["msg_1"]


def test_events_that_are_gone_or_odd_are_left_out(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    for number in range(5):
        account.log("ours", f"msg_{number}", number, payload=['"text"', "null", "[]", "{}", "{}"][number])
    account.refuse["GET /webhooks/ours/events/msg_3"] = error(404, "not_found", "gone")
    account.events["ours"] += [{"id": "a/b", "status": "failed"}, {"id": "x", "created_at": "?"}]
    assert [event.message_id for event in missed(provider)] == ["msg_4"]


def test_an_event_without_a_payload_is_left_out(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    account.log("ours", "msg_1", 1)
    account.refuse["GET /webhooks/ours/events/msg_1"] = reply(200, {"object": "webhook_event", "id": "msg_1"})
    assert missed(provider) == ()


def test_the_first_part_is_given_when_the_rest_is_refused(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    for number in range(3):
        account.log("ours", f"msg_{number}", number)
    limited = error(429, "rate_limit_exceeded", "Too many requests.")
    account.refuse["GET /webhooks/ours/events/msg_2"] = limited
    assert part(provider) == ["msg_0", "msg_1"]
    account.refuse["GET /webhooks/ours/events/msg_0"] = limited
    with pytest.raises(MailRefused, match="Too many requests"):
        missed(provider)


def test_the_first_part_is_given_when_time_is_up(account: Account, providers: Providers, server: Loopback) -> None:
    class Jumping:
        seconds = 0.0

        def now(self) -> datetime:
            return SINCE

        def monotonic(self) -> float:
            return self.seconds

    clock = Jumping()
    account.add("ours", URL)
    for number in range(5):
        account.log("ours", f"msg_{number}", number)

    def slowly(request: Request) -> Reply:
        clock.seconds += 1.2
        return account(request)

    server.route = slowly
    assert part(providers(server.url, clock=clock, timeouts=Timeouts(total_s=5.0))) == ["msg_0", "msg_1"]


def test_what_is_known_is_not_fetched(account: Account, provider: ResendProvider) -> None:
    account.add("ours", URL)
    for number in range(3):
        account.log("ours", f"msg_{number}", number)
    assert [event.message_id for event in missed(provider, known=["msg_0", "msg_2"])] == ["msg_1"]
    assert sum("/events/" in deed for deed in account.deeds) == 1
