"""The emails of a demo: every list of Mail has something to practise with, and what it says is so at the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from booking_tui.domain.mail.email import EmailState
from booking_tui.domain.mail.reasons import MailReason
from booking_tui.paths import Home
from booking_tui.ports.mail_desk import MailOrder
from booking_tui.sandbox.people import practitioner
from booking_tui.settings import demo_settings
from booking_tui.wiring import open_demo
from booking_tui.wiring.demo_mail import BUSY_THERE, MISTYPED, UNANSWERED


@pytest.fixture(autouse=True)
def _quick_practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from booking_tui.wiring import demo

    whole = demo.practice_seed
    monkeypatch.setattr(demo, "practice_seed", partial(whole, weeks_back=1, weeks_ahead=1))
    yield


def test_the_practice_has_one_name_in_titles_and_in_what_is_signed() -> None:
    own = demo_settings(secret="an-invented-secret", zone="Europe/Berlin", environ={}).practice
    assert (own.name, own.email) == (practitioner("Europe/Berlin").name, practitioner("Europe/Berlin").email)


async def test_what_is_retried_and_what_is_in_doubt_have_not_arrived_and_can_be_sent(home: Home) -> None:
    def arrived() -> set[str]:
        page = httpx.get(str(app.context.mailbox_url())).text
        return {address for _, address in (BUSY_THERE, UNANSWERED) if address in page}

    with open_demo(home, {}) as app:
        context = app.context
        [retried] = context.queries.mail_page("retrying", limit=9)
        [doubted] = [email for email in context.queries.mail_page("failed", limit=99) if email.to == UNANSWERED[1]]
        assert (retried.to, retried.reason, retried.attempts) == (BUSY_THERE[1], MailReason.PROVIDER_DOWN, 4)
        assert retried.next_at is not None
        assert retried.next_at > context.clock.now()
        assert (doubted.state, doubted.reason) == (EmailState.UNKNOWN, MailReason.KEY_EXPIRED)
        assert len(context.queries.mail_detail(retried.id).attempts) == 4
        async with app.run_test(size=(120, 40)) as pilot:

            async def until(met) -> None:
                async with asyncio.timeout(30):
                    while not met():
                        await pilot.pause(0.05)

            await until(lambda: any(email.to == MISTYPED[1] for email in context.queries.mail_page("failed", limit=99)))
            assert arrived() == set()
            assert context.queries.mail_detail(doubted.id).email.state is EmailState.UNKNOWN, "nobody settles it"
            context.desk.mail(MailOrder("retry", (retried.id,)))
            context.desk.mail(MailOrder("retry", (doubted.id,), even_so=True))
            await until(lambda: arrived() == {BUSY_THERE[1], UNANSWERED[1]})
