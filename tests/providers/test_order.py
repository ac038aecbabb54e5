"""Whatever the order and repetition of the events, the bookings end the same."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_tui.domain.booking import Booking
from tests.domain.world import MemoryWorld
from tests.providers.payloads import play
from tests.providers.stories import STORIES


def end(*bodies: bytes) -> dict[str, Booking]:
    world = MemoryWorld()
    play(world, *bodies)
    return world.visible()


@pytest.mark.parametrize("story", STORIES)
def test_every_order_with_repetitions_ends_the_same(story: str) -> None:
    told = STORIES[story]
    expected = end(*told)
    chance = random.Random(story)
    orders = [*itertools.permutations(told)]
    for order in orders if len(orders) <= 120 else chance.sample(orders, 120):
        repeated = [again for event in order for again in (event,) * chance.choice((1, 1, 2))]
        repeated.insert(chance.randrange(len(repeated) + 1), chance.choice(told))
        assert end(*repeated) == expected


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_order_of_a_subset_ends_the_same(data: st.DataObject) -> None:
    told = STORIES[data.draw(st.sampled_from(sorted(STORIES)))]
    some = data.draw(st.lists(st.sampled_from(told), min_size=1, max_size=8))
    shuffled = data.draw(st.permutations(some))
    assert end(*shuffled) == end(*some) == end(*dict.fromkeys(some))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_stories_may_interleave(data: st.DataObject) -> None:
    everything = [event for told in STORIES.values() for event in told]
    some = data.draw(st.lists(st.sampled_from(everything), min_size=2, max_size=8))
    assert end(*data.draw(st.permutations(some))) == end(*some)


@pytest.mark.parametrize("story", STORIES)
def test_replaying_a_whole_story_changes_nothing_and_tells_nothing(story: str) -> None:
    world = MemoryWorld()
    play(world, *STORIES[story])
    before, told = dict(world.bookings), len(world.changes)
    for event in STORIES[story]:
        decision = play(world, event)
        assert not decision.bookings
        assert not decision.changes
    assert world.bookings == before
    assert len(world.changes) == told
