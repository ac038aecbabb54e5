"""Likely slips in a typed address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_tui.domain.mail.providers import COMMON, KNOWN, NO_SUCH_ENDING
from booking_tui.domain.mail.typos import check_address, suggest, where

SLIPS = [
    ("gmial.com", "gmail.com"),  # codespell:ignore
    ("gmail.con", "gmail.com"),
    ("gmail.co", "gmail.com"),
    ("gmail.comm", "gmail.com"),
    ("gmail.cmo", "gmail.com"),
    ("gmail.om", "gmail.com"),
    ("gmailcom", "gmail.com"),
    ("gmail", "gmail.com"),
    ("gmaill.com", "gmail.com"),  # codespell:ignore
    ("gmmail.com", "gmail.com"),  # codespell:ignore
    ("gmai.com", "gmail.com"),  # codespell:ignore
    ("gnail.com", "gmail.com"),  # codespell:ignore
    ("www.gmail.com", "gmail.com"),
    ("gmail.com.", "gmail.com"),
    ("gmail.com,", "gmail.com"),
    ("gmail,com", "gmail.com"),
    ("gmail..com", "gmail.com"),
    (".gmail.com", "gmail.com"),
    ("g mail.com", "gmail.com"),
    (" gmail.com", "gmail.com"),
    ("googlmail.com", "googlemail.com"),  # codespell:ignore
    ("hotmial.com", "hotmail.com"),  # codespell:ignore
    ("hotnail.cm", "hotmail.com"),  # codespell:ignore
    ("outlok.com", "outlook.com"),  # codespell:ignore
    ("outlook.cmo", "outlook.com"),
    ("yaho.com", "yahoo.com"),  # codespell:ignore
    ("yahooo.com", "yahoo.com"),  # codespell:ignore
    ("icloud.co", "icloud.com"),
    ("icould.com", "icloud.com"),  # codespell:ignore
    ("exmaple.com", "example.com"),  # codespell:ignore
    ("gxm.de", "gmx.de"),
    ("gmx", "gmx.de"),
    ("gnx.de", "gmx.de"),
    ("gmx.dr", "gmx.de"),
    ("web.d", "web.de"),
    ("wbe.de", "web.de"),
    ("webde", "web.de"),
    ("tonline.de", "t-online.de"),
    ("t-onlin.de", "t-online.de"),
    ("postoe.de", "posteo.de"),
    ("mailbox.ogr", "mailbox.org"),
    ("frenet.de", "freenet.de"),
    ("praxis-meyer.con", "praxis-meyer.com"),
    ("praxis-meyer.dee", "praxis-meyer.de"),
]


@pytest.mark.parametrize(("typed", "meant"), SLIPS)
def test_a_slip_in_a_known_domain_is_seen(typed: str, meant: str) -> None:
    assert suggest(f"Ada.L@{typed}") == f"Ada.L@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        *("yahoo.se", "gmx.dk", "gmail.de", "outlook.it"),  # branches elsewhere
        *("weg.de", "small.com", "practice.example", "university.edu", "uni-bonn.de", "meyer.de", "bgm.de"),
        *("mail.com", "email.com", "ymail.com", "online.de", "GMAIL.com"),
        *("m.com", "she.com", "x.org", "müller.example"),
    ],
)
def test_another_domain_is_no_slip(domain: str) -> None:
    assert suggest(f"ada@{domain}") is None


@pytest.mark.parametrize("domain", sorted(KNOWN))
def test_a_well_known_domain_is_right(domain: str) -> None:
    assert suggest(f"ada@{domain}") is None


def test_the_lists_agree() -> None:
    assert set(COMMON) <= KNOWN
    assert len(set(COMMON)) == len(COMMON)
    endings = {domain.rpartition(".")[2] for domain in KNOWN}
    assert endings.isdisjoint(NO_SUCH_ENDING)


@pytest.mark.parametrize(
    "text", ["", "@", "ada", "ada@", "@gmial", "a@b@c", "a@x.org, b@x.org", "ada@\x00", "a@" + "x" * 500]
)
def test_what_is_no_address_has_no_suggestion(text: str) -> None:
    assert suggest(text) is None


def test_other_slips_of_the_finger_are_tidied() -> None:
    assert suggest("ada @gmail.com") == "ada@gmail.com"
    assert suggest("<ada@gmail.com>") == "ada@gmail.com"
    assert suggest("mailto:ada@gmail.com") == "ada@gmail.com"
    assert suggest("ada.@gmail.com") == "ada@gmail.com"


def test_the_domains_of_other_clients_may_be_meant() -> None:
    clients = {"praxis-muller.de": 3, "praxis-miller.de": 1, "acme.example": 1}
    assert suggest("ada@praxis-mulller.de", clients) == "ada@praxis-muller.de"
    assert suggest("ada@praxis-mller.de", clients) == "ada@praxis-muller.de"  # codespell:ignore
    assert suggest("ada@praxis-miller.de", clients) is None
    assert suggest("ada@acme.exmaple", clients) == "ada@acme.example"  # codespell:ignore
    assert suggest("ada@praxis-mulller.de") is None


def test_what_one_client_typed_may_be_a_slip_and_what_two_have_is_not() -> None:
    slip = "gmial.com"  # codespell:ignore
    assert suggest(f"ada@{slip}", {slip: 1}) == "ada@gmail.com"
    assert suggest(f"ada@{slip}", {slip: 2}) is None
    assert suggest("ada@gmiallx.com", {slip: 1}) == "ada@gmail.com"


@pytest.mark.parametrize(
    ("address", "suggestion", "part"),
    [
        ("fay@exmaple.com", "fay@example.com", "exmaple"),  # codespell:ignore
        ("fay@gmail.con", "fay@gmail.com", "con"),
        ("fay@gmail.co", "fay@gmail.com", "co"),
        ("fay@gmailcom", "fay@gmail.com", "gmailcom"),
        ("fay@gmaill.com", "fay@gmail.com", "gmaill"),  # codespell:ignore
        ("fay@gmail.com,", "fay@gmail.com", "com,"),
        ("fay@gmail.", "fay@gmail.com", "."),
        ("fay @gmail.com", "fay@gmail.com", "fay "),
        ("Fay@GMAIL.con", "fay@gmail.com", "con"),
        ("fay@a.exmaple.org", "fay@b.example.org", "a.exmaple"),  # codespell:ignore
        ("fay@gmail.com", "fay@gmail.com", ""),
        ("", "", ""),
        ("", "fay@gmail.com", ""),
    ],
)
def test_where_the_slip_lies(address: str, suggestion: str, part: str) -> None:
    start, end = where(address, suggestion)
    assert address[start:end] == part


_DOMAINS = st.sampled_from([*COMMON, "praxis-muller.de", "acme.example", "a.example", "gmial.com"])  # codespell:ignore


@st.composite
def _mistyped(draw: st.DrawFn) -> str:
    letters = list(draw(_DOMAINS))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(letters) - 1)) if letters else 0
        letters[at : at + draw(st.integers(0, 2))] = draw(st.text("agmilx.,- @d", max_size=2))
    return f"ada@{''.join(letters)}"


@given(st.text(max_size=30) | _mistyped(), st.dictionaries(_DOMAINS, st.integers(0, 4), max_size=4))
def test_a_suggestion_is_an_address_another_one_and_good_for_good(typed: str, clients: dict[str, int]) -> None:
    meant = suggest(typed, clients)
    if meant is None:
        return
    assert check_address(meant) == meant
    assert meant.casefold() != typed.casefold()
    assert suggest(meant, clients) is None
    start, end = where(typed, meant)
    assert 0 <= start < end <= len(typed)


@given(st.text(max_size=12), st.text(max_size=12))
def test_the_part_that_differs_lies_within(address: str, suggestion: str) -> None:
    start, end = where(address, suggestion)
    assert 0 <= start <= end <= len(address)


@given(st.sampled_from([domain for domain in COMMON if len(domain.partition(".")[0]) > 4]), st.data())
def test_one_swap_in_a_longer_name_is_always_seen(domain: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(domain) - 2))
    swapped = domain[:at] + domain[at + 1] + domain[at] + domain[at + 2 :]
    meant = suggest(f"ada@{swapped}")
    if swapped not in KNOWN:
        assert meant is not None
        assert meant.rpartition("@")[2] in KNOWN
