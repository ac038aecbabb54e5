"""The lists of Bookings: each keeps its place, what is over stands apart, and what is said agrees with what is done."""

from __future__ import annotations

from booking_tui.domain.rows import Scope
from tests.tui_views.memory import lines_of
from tests.tui_views.story import StillHome, at, body_of, pane_text, screen_text, settled, to_bookings

WIDE = (120, 36)
GROUP = [
    {"name": name, "email": f"{name.split(' ')[0].lower()}@example.com", "timeZone": "Europe/Berlin"}
    for name in ("Søren With A Very Long Name Indeed", "Camille Lestrange", "Oskar Brandl")
]


async def test_each_list_keeps_its_own_row(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        await pilot.press("down", "down")
        stood = view.standing
        view.choose_scope(Scope.PAST)
        await settled(pilot, lambda: view.table.cursor_row is not None)
        assert view.table.cursor_place == 0
        view.choose_scope(Scope.UPCOMING)
        await settled(pilot, lambda: view.standing == stood)
        assert view.table.cursor_place == 2


async def test_a_new_filter_begins_at_the_first_row_unless_the_chosen_one_is_left(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.choose_scope(Scope.ALL)
        await settled(pilot, lambda: view.table.total)
        await pilot.press("down", "down", "down")
        view.filter.set_text("status:cancelled")
        await settled(pilot, lambda: view.table.total == 1)
        assert view.table.cursor_place == 0
        view.filter.set_text("")
        await settled(pilot, lambda: (view.table.total or 0) > 3)
        await pilot.press("home", "down", "down")
        stood = view.standing
        row = view.table.cursor_row
        assert row is not None
        view.filter.set_text(f'who:"{row.who}"')
        await settled(pilot, lambda: not view.table.feed.stale)
        assert view.standing == stood


async def test_the_cancelled_say_when_they_were_called_off(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        assert "called off" not in lines_of(view.table)[0]
        view.choose_scope(Scope.CANCELLED)
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-4")
        assert "called off" in lines_of(view.table)[0]
        row = view.table.cursor_row
        assert row is not None
        off = home.queries.history("bk-4")[0].at
        assert row.called_off == off
        local = off.astimezone(home.queries.zone)
        day = f"today {local:%H:%M}" if local.day == 4 else f"{local.day} Mar"
        assert day in lines_of(view.table)[1]
        assert f"– cancelled {local:%a} {local.day} Mar {local:%H:%M}" in pane_text(view.side.detail)
        assert "coming, then past" in screen_text(app)


async def test_a_group_names_whom_the_filter_found_and_keeps_its_count(home: StillHome) -> None:
    home.put(body_of("bk-group", start=at(8, 18), attendees=GROUP, seatsPerTimeSlot=7), at(4, 9, 30))
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        line = next(line for line in lines_of(view.table) if "Søren" in line)
        assert "… 3/7" in line
        view.filter.set_text("camille")
        await settled(pilot, lambda: view.table.total == 1)
        assert "Camille" in lines_of(view.table)[1]
        assert "… 3/7" in lines_of(view.table)[1]
        view.filter.set_text("søren")
        await settled(pilot, lambda: "Søren" in lines_of(view.table)[1])


async def test_a_line_parts_what_is_coming_from_what_is_over(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.choose_scope(Scope.ALL)
        await settled(pilot, lambda: view.table.total)
        coming = home.queries.bookings_count(Scope.ALL) - sum(
            row.end <= home.clock.now() for row in view.table.feed.stretch.rows
        )
        parted = [
            y
            for y in range(1, view.table.size.height)
            if any(segment.style and segment.style.underline for segment in view.table.render_line(y))
        ]
        assert parted == [coming]


async def test_a_kept_draft_is_told_where_the_note_would_stand(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        await settled(pilot, lambda: view.detail is not None)
        await pilot.press("e", "h", "i", "escape")
        await settled(pilot, lambda: "a draft is kept" in pane_text(view.side.detail))


async def test_a_request_that_is_gone_leaves_one_where_one_is(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.post_message(view.WentTo("event", "01990000-0000-7000-8000-999999999999"))
        await settled(pilot, lambda: app.main.footer.news)
        assert app.main.view is view
        assert app.main.footer.news == "that request is not kept any more"


async def test_the_history_keeps_its_dates_while_names_are_hidden(home: StillHome) -> None:
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        await pilot.press("H")
        await settled(pilot, lambda: "A. L." in screen_text(app))
        history = pane_text(view.side.history)
        assert "moved from Fri 5 Mar 14:00 to Fri 5 Mar 16:00" in history
        assert "Ada" not in history


async def test_the_footer_names_what_o_and_y_do(home: StillHome) -> None:
    home.put(body_of("bk-room", "Rea Room", at(4, 10), location="Room 3, 12 Linden Row"), at(4, 9, 30))
    app = home.app()
    async with app.run_test(size=WIDE) as pilot:
        view = await to_bookings(pilot)
        view.show_target("bk-room")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-room")
        words = [hint.word for hint in app.main.footer.hints]
        assert "Copy email" in words
        view.show_target("bk-ada-2")
        await settled(pilot, lambda: view.detail is not None and view.detail.booking.uid == "bk-ada-2")
        words = [hint.word for hint in app.main.footer.hints]
        assert {"Join", "Copy link"} <= set(words)
