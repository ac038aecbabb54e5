"""Secrets in payloads do not show; everything else stays as it came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.providers.calcom.masking import MASK, mask

HIDDEN = {
    '{"oneTimePassword":"abc"}': '{"oneTimePassword":"•••"}',
    '{"videoCallData" : {"id":"r", "password" : "a\\"b", "url":"https://x"}}': (
        '{"videoCallData" : {"id":"r", "password" : "•••", "url":"https://x"}}'
    ),
    '{"downloadLink":"https://x.example.com/r?token=9"}': '{"downloadLink":"https://x.example.com/r?•••"}',
    '{"downloadLinks":{"transcription":[{"format":"srt","link":"https://x/t?sig=1"}],"recording":"https://x/r?t=1"}}': (
        '{"downloadLinks":{"transcription":[{"format":"srt","link":"https://x/t?•••"}],"recording":"https://x/r?•••"}}'
    ),
    '{"paymentData":{"client_secret":"pi_1","clientSecret":"pi_2","amount":5}}': (
        '{"paymentData":{"client_secret":"•••","clientSecret":"•••","amount":5}}'
    ),
    '{"passcode":123456,"token":-1.5e3}': '{"passcode":"•••","token":"•••"}',
    '{"p\\u0061ssword":"x"}': '{"p\\u0061ssword":"•••"}',
    '{"connectAndJoinUrl":"https://x/c?token=1"}': '{"connectAndJoinUrl":"https://x/c?•••"}',
    '{"videoCallData":{"url":"https://zoom.example/j/1?a=1&pwd=LEAK#x","password":""}}': (
        '{"videoCallData":{"url":"https://zoom.example/j/1?a=1&pwd=•••#x","password":""}}'
    ),
    '{"notes":"join https:\\/\\/z.example\\/j?a=1\\u0026PWD=LEAK\\u0026b=2 or ?access_token=LEAK now"}': (
        '{"notes":"join https:\\/\\/z.example\\/j?a=1\\u0026PWD=•••\\u0026b=2 or ?access_token=••• now"}'
    ),
    '{"entryPoints":[{"entryPointType":"phone","pin":"LEAK","accessCode":7,"meetingCode":"LEAK","passcode":"LEAK"}]}': (
        '{"entryPoints":[{"entryPointType":"phone","pin":"•••","accessCode":"•••","meetingCode":"•••",'
        '"passcode":"•••"}]}'
    ),
    '{"responses":{"password":{"label":"Door","value":["LEAK",7,{"a":"LEAK"}],"ok":true},"name":{"value":"Ada"}}}': (
        '{"responses":{"password":{"label":"Door","value":["•••","•••",{"a":"•••"}],"ok":true},"name":{"value":"Ada"}}}'
    ),
    '{"tokens":[1],"token":[1,"LEAK"],"b":[2,"c"]}': '{"tokens":[1],"token":["•••","•••"],"b":[2,"c"]}',
    '{"password":{"value":"cut in the': '{"password":{"value":"•••"',
    'not json, but "password": "x" is': 'not json, but "password": "•••" is',
    '{"password":"cut in the mid': '{"password":"•••"',
    '{"password":"cut at a \\': '{"password":"•••"',
}
SHOWN = [
    '{"password":null,"oneTimePassword":"","secret":true}',
    '{"notes":"the \\"password\\": \\"is written here\\"","link":"https://x/plain"}',
    '{"shipping":"a","spin":"b","url":"https://x/?page=2&tokens=3","pin":null,"note":"why? pwd = x"}',
    '{ "a" : [1.0, 1e5, 12345678901234567890] ,"b":"password" }',
    "plain text",
    "",
]


@pytest.mark.parametrize("before", HIDDEN)
def test_secrets_are_hidden(before: str) -> None:
    assert mask(before.encode()).decode() == HIDDEN[before]


@pytest.mark.parametrize("body", SHOWN)
def test_the_rest_is_untouched(body: str) -> None:
    assert mask(body.encode()) == body.encode()


def test_bytes_that_are_no_text_are_untouched() -> None:
    assert mask(b'\xff\xfe{"password":"x"}\x80') == b'\xff\xfe{"password":"' + MASK.encode() + b'"}\x80'


def test_a_key_that_is_no_text_is_read_as_far_as_it_can_be() -> None:
    assert mask(b'{"\xff password":"x"}') == b'{"\xff password":"' + MASK.encode() + b'"}'
    assert mask(b'{"\xff":"x"}') == b'{"\xff":"x"}'


def test_hostile_quotes_cost_no_more_than_their_length() -> None:
    body = b'"' + b'\\"' * 100_000
    assert mask(body) == body


@settings(max_examples=80, deadline=None)
@given(secret=st.text(min_size=12), others=st.dictionaries(st.text(alphabet="abcdef"), st.text(max_size=10)))
def test_no_secret_value_survives(secret: str, others: dict[str, str]) -> None:
    document = {**others, "videoCallData": {"password": secret}}
    for ascii_only in (True, False):
        raw = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        shown = mask(raw)
        assert json.loads(shown.decode("utf-8", "surrogatepass")) == {**others, "videoCallData": {"password": MASK}}
