"""While much is handed over, whoever has a question for the provider, and what is done between, gets its turn."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest

from booking_tui.domain.mail.answer import Answer, Limits, Phase
from booking_tui.ports.mail import MailAccount
from booking_tui.ports.mail_desk import MailOrder
from booking_tui.services.mail.turns import Turns
from tests.services.conftest import eventually
from tests.services.mail.house import House

LISTED = "zz@example.com"


@pytest.fixture
def busy(house: House) -> House:
    """A house with ten confirmations due, and an address on the suppression list."""
    house.want(reminders=())
    house.sandbox.suppressions.add(LISTED, "bounce")
    for number in range(10):
        house.book(f"bk-{number}", email=f"g{number}@example.com")
    return house


def in_background(call: Callable[[], object]) -> Thread:
    thread = Thread(target=call, daemon=True)
    thread.start()
    return thread


def unsuppress(house: House) -> None:
    house.deeds(MailOrder("unsuppress", to=LISTED))


def names(house: House) -> list[str]:
    return [name for name, _ in house.line.calls]


def test_a_question_is_asked_in_the_pause_between_two_requests(busy: House) -> None:
    ended: list[bool] = []

    def pause(_: float) -> bool:
        if not ended:
            thread = in_background(lambda: unsuppress(busy))
            thread.join(10.0)
            ended.append(not thread.is_alive())
        return False

    busy.clock.seconds = 0.0
    busy.sender = busy.another_sender("paced", pause=pause)
    assert busy.send() == 10
    assert ended == [True]
    assert names(busy)[:3] == ["send", "unsuppress", "send"]


def test_without_pauses_too_who_waits_comes_next(busy: House) -> None:
    threads: list[Thread] = []

    def ask_meanwhile() -> None:
        threads.append(in_background(lambda: unsuppress(busy)))
        eventually(lambda: busy.sender.waiting == 1)

    busy.line.before = [ask_meanwhile]
    assert busy.send() == 10
    threads[0].join(10.0)
    assert names(busy) == ["send", "unsuppress", *["send"] * 9]
    assert LISTED not in busy.sandbox.suppressions


def test_a_question_counts_for_the_pace(busy: House) -> None:
    """The pause that was begun before it is too short: one more is made, from the question on."""
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        if not pauses:
            assert busy.clock.seconds is not None
            busy.clock.seconds += 0.25
            unsuppress(busy)
            busy.clock.seconds += 0.25
        pauses.append(seconds)
        return False

    busy.clock.seconds = 0.0
    busy.sender = busy.another_sender("paced", pause=pause)
    busy.send()
    assert pauses[:2] == [0.5, 0.25]


def test_a_question_does_not_shorten_the_wait_that_the_provider_asks_for(busy: House) -> None:
    busy.clock.seconds = 0.0
    limits = Limits(limit=10, remaining=0, reset_s=30.0)
    busy.sender.pace.heard(limits, None)
    unsuppress(busy)
    assert busy.sender.pace.wait_s() == 30.0


def test_what_is_done_between_is_done_while_much_is_sent_and_keeps_nothing_from_it(busy: House) -> None:
    sent_by_then: list[int] = []

    def pause(seconds: float) -> bool:
        assert busy.clock.seconds is not None
        busy.clock.seconds += seconds
        return False

    def between(account: MailAccount | None, slept: bool) -> None:
        assert account is busy.account
        assert not slept
        with busy.sender.undisturbed():
            sent_by_then.append(names(busy).count("send"))
        raise RuntimeError("a fault of ours")

    busy.clock.seconds = 0.0
    busy.sender = busy.another_sender("paced", pause=pause, between=between)
    assert busy.send() == 10
    assert len(sent_by_then) >= 2
    assert sent_by_then == sorted(set(sent_by_then))
    assert 0 < sent_by_then[0] < 10


def test_the_right_to_send_is_looked_at_before_each_request(busy: House) -> None:
    """Whoever else took it meanwhile goes on, and this one stops: no email goes out twice."""
    busy.clock.seconds = 0.0
    other = busy.another_sender("another process")

    def pause(_: float) -> bool:
        if names(busy).count("send") == 3:
            busy.clock.forward(minutes=2)
            assert other.run_once() == 7
        return False

    busy.sender = busy.another_sender("paced", pause=pause)
    assert busy.send() == 3
    assert len(busy.inbox) == len(set(busy.inbox)) == 10


def test_one_that_is_interrupted_while_it_waits_leaves_the_turn_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = Turns()
    order: list[str] = []

    def take(name: str) -> None:
        with turns.turn():
            order.append(name)

    class Interrupted:
        """A lock whose holder is interrupted while it waits."""

        def __init__(self) -> None:
            self.taken = False

        def acquire(self) -> None:
            if self.taken:
                raise KeyboardInterrupt
            self.taken = True

        def release(self) -> None:
            self.taken = False

    with turns.turn():
        with monkeypatch.context() as patch:
            patch.setattr("booking_tui.services.mail.turns.Lock", Interrupted)
            with pytest.raises(KeyboardInterrupt):
                take("interrupted")
        assert turns.waiting == 0
        threads: list[Thread] = []
        for number, name in enumerate(("first", "second")):
            threads.append(in_background(lambda name=name: take(name)))
            eventually(lambda count=number + 1: turns.waiting == count)
    for thread in threads:
        thread.join(10.0)
    take("last")
    assert order == ["first", "second", "last"]


def test_an_answer_that_asks_to_wait_is_kept_to(busy: House) -> None:
    busy.clock.seconds = 0.0
    waits: list[float] = []

    def pause(seconds: float) -> bool:
        assert busy.clock.seconds is not None
        busy.clock.seconds += seconds
        waits.append(seconds)
        return False

    busy.line.answers = [Answer(Phase.ANSWERED, 429, "rate_limit_exceeded", retry_after_s=7.0)]
    busy.sender = busy.another_sender("paced", pause=pause)
    busy.send()
    busy.later(minutes=1)
    busy.send()
    assert waits[0] == 7.0
