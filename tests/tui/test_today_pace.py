"""The whole day is read at once after a rest, and seldomer the more it costs."""

from __future__ import annotations

import pytest

from booking_tui.tui.views.today_pace import LEAST_S, MOST_S, SHARE, WholePace


@pytest.mark.parametrize(
    ("cost", "pause"), [(0.0, LEAST_S), (0.1, 0.1 * SHARE), (10.0, MOST_S)], ids=["cheap", "dear", "too dear"]
)
def test_a_reading_that_costs_more_comes_seldomer(cost: float, pause: float) -> None:
    pace = WholePace()
    assert pace.left(100.0) <= 0
    pace.begin(100.0)
    pace.end(100.0 + cost)
    assert pace.left(100.0) == pytest.approx(pause)
    assert pace.left(100.0 + pause) <= 0
