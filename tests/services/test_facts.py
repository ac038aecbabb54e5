from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread

from booking_tui.services.facts import EVENT, REFRESH, Fact, FactBus

AT = datetime(2027, 3, 4, tzinfo=UTC)


def fact(key: str) -> Fact:
    return Fact(EVENT, key, AT)


def test_what_is_told_is_drained_once_and_in_order() -> None:
    bus = FactBus()
    subscription = bus.subscribe(lambda: None)
    bus.publish(fact("a"), fact("b"))
    bus.publish(fact("c"))
    assert [each.key for each in subscription.drain()] == ["a", "b", "c"]
    assert subscription.drain() == []


def test_every_subscription_has_its_own_queue() -> None:
    bus = FactBus()
    first, second = bus.subscribe(lambda: None), bus.subscribe(lambda: None)
    bus.publish(fact("a"))
    assert len(first.drain()) == 1
    assert len(second.drain()) == 1


def test_wake_is_called_when_the_queue_stops_being_empty_and_not_again_before_it_is_drained() -> None:
    bus = FactBus()
    woken: list[int] = []
    subscription = bus.subscribe(lambda: woken.append(1))
    bus.publish(fact("a"))
    bus.publish(fact("b"))
    assert len(woken) == 1
    subscription.drain()
    bus.publish(fact("c"))
    assert len(woken) == 2


def test_a_reader_that_falls_behind_is_told_to_read_everything() -> None:
    bus = FactBus(limit=3)
    subscription = bus.subscribe(lambda: None)
    for number in range(10):
        bus.publish(fact(str(number)))
    kinds = [each.kind for each in subscription.drain()]
    assert kinds[0] == REFRESH
    assert len(kinds) <= 3


def test_a_closed_subscription_hears_nothing() -> None:
    bus = FactBus()
    woken: list[int] = []
    subscription = bus.subscribe(lambda: woken.append(1))
    bus.publish(fact("a"))
    subscription.close()
    bus.publish(fact("b"))
    assert subscription.drain() == []
    assert len(woken) == 1
    subscription.close()


def test_a_reader_that_cannot_be_woken_does_not_stop_the_teller() -> None:
    bus = FactBus()

    def broken() -> None:
        raise RuntimeError("the screen is gone")

    bus.subscribe(broken)
    other = bus.subscribe(lambda: None)
    bus.publish(fact("a"))
    assert len(other.drain()) == 1


def test_nothing_is_lost_when_many_threads_tell() -> None:
    bus = FactBus(limit=10_000)
    subscription = bus.subscribe(lambda: None)
    threads = [Thread(target=lambda: [bus.publish(fact("x")) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(subscription.drain()) == 1600
