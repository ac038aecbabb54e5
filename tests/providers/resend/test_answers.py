"""Whatever comes back, it becomes an answer; and only what the API says counts as said."""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.mail.answer import Phase
from booking_tui.providers.resend.answers import RAW_LIMIT, Secrecy, answer_of, batch_ids, one_id
from booking_tui.providers.resend.http import Exchange, PooledTransport, Timeouts
from tests.providers.resend.conftest import KEY, NOW, FixedClock

TRANSPORT = PooledTransport("http://127.0.0.1:9", KEY, Timeouts(), FixedClock().monotonic)
NAMES = (
    *("retry-after", "date", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    *("x-resend-daily-quota", "x-resend-monthly-quota", "content-type"),
)


def exchanged(status: int, content: bytes, headers: list[tuple[bytes, bytes]], trouble: str = "") -> Exchange:
    exchange = Exchange(TRANSPORT, 0.0)
    exchange.head(httpx.Response(status, headers=headers))
    exchange.take(content)
    exchange.end(trouble)
    return exchange


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=20)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "data", "statusCode", "name", "message", "errors"]), inner)
    ),
    max_leaves=10,
)
contents = st.one_of(st.binary(max_size=200), json_values.map(lambda value: json.dumps(value).encode()))
dates = st.sampled_from([b"Sun, 22 Nov 2026 09:07:00 GMT", b"Sun, 99 Nov 99999999999999 99:99:99 +9999", b"1 Jan 0001"])
headers = st.lists(
    st.tuples(
        st.sampled_from(NAMES).map(str.encode), st.one_of(st.binary(max_size=20), dates, st.from_regex(rb"\A\d+\Z"))
    ),
    max_size=6,
)


@settings(max_examples=500, deadline=None)
@given(st.integers(200, 599), contents, headers, st.sampled_from(["", "timed out"]), st.sampled_from([None, 0, 1, 2]))
def test_anything_becomes_an_answer(
    status: int, content: bytes, given: list[tuple[bytes, bytes]], trouble: str, count: int | None
) -> None:
    exchange = exchanged(status, content, given, trouble)
    ids_of = one_id if count is None else batch_ids(count)
    answer = answer_of(exchange, ids_of, Secrecy(KEY), NOW, 1.0)
    assert answer.phase is not Phase.NEVER_SENT or trouble
    assert len(answer.raw.encode()) <= RAW_LIMIT
    assert answer.retry_after_s is None or 0 <= answer.retry_after_s <= 86_400
    repr(answer).encode()
    if answer.phase is Phase.ANSWERED:
        said: dict[str, Any] = json.loads(content)
        assert not trouble
        assert answer.accepted or isinstance(said.get("name"), str) or isinstance(said.get("statusCode"), int)
    if answer.accepted:
        assert 200 <= status < 300
        assert all(each in content.decode() for each in answer.ids)
        assert len(answer.ids) == (count or 1)


def test_a_batch_of_none_is_not_accepted() -> None:
    answer = answer_of(exchanged(200, b'{"data":[]}', []), batch_ids(0), Secrecy(KEY), NOW, 1.0)
    assert answer.phase is Phase.UNCERTAIN


def test_signing_secrets_are_hidden_too() -> None:
    content = b'{"signing_secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","x":1}'
    answer = answer_of(exchanged(200, content, []), one_id, Secrecy(KEY), NOW, 1.0)
    assert answer.raw == '{"signing_secret":"whsec_•••","x":1}'
