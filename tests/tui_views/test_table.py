"""The virtual table: what it shows, where its cursor stays, and that it costs nothing to be long."""

from __future__ import annotations

import time

from booking_tui.tui.glyphs import ASCII
from booking_tui.tui.widgets.table_paint import Notice
from tests.tui_views.memory import ItemTable, ListSource, TableApp, endless, lines_of, listing, until


def cursor_line(table: ItemTable) -> int:
    return table.cursor_place - table.scroll_offset.y


async def test_shows_titles_and_the_first_rows() -> None:
    app = TableApp(listing(50))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        lines = lines_of(app.table)
        assert "rank" in lines[0]
        assert "name" in lines[0]
        assert lines[1].startswith("▌")
        assert "row 50" in lines[1]
        assert "row 40" in lines[11]


async def test_moves_by_row_page_and_to_the_ends() -> None:
    app = TableApp(listing(500))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await until(lambda: table.total == 500)
        await pilot.press("down", "j", "k", "down")
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 498
        await pilot.press("pagedown")
        assert table.cursor_place == 12
        await pilot.press("G")
        assert table.cursor_row.rank == 1
        assert "row 1" in lines_of(table)[-1]
        await pilot.press("down")
        assert table.cursor_row.rank == 1
        await pilot.press("home")
        assert table.cursor_row.rank == 500


async def test_a_million_rows_open_page_and_jump_without_reading_them() -> None:
    app = TableApp(endless(1_000_000))
    async with app.run_test(size=(80, 30)) as pilot:
        table = app.table
        assert "row 1000000" in lines_of(table)[1]
        assert table.total is None or table.total == 1_000_000
        await until(lambda: table.total == 1_000_000)
        started = time.perf_counter()
        for _ in range(20):
            table.action_leaf(1)
        assert (time.perf_counter() - started) / 20 < 0.05
        table.scroll_to(y=654_321, animate=False)
        await pilot.pause()
        assert "row 345679" in lines_of(table)[1]
        await pilot.press("G")
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 1
        assert max(app.source.asked) <= 1000
        assert len(table.feed.stretch.rows) < 3000


async def test_pages_on_before_anything_is_counted() -> None:
    source = listing(5000)
    source.counting_fails = True
    app = TableApp(source)
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        for _ in range(60):
            table.action_leaf(1)
        assert table.cursor_place == 600
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 4400
        assert table.total is None
        await pilot.press("G")
        assert table.cursor_row.rank == 1


async def test_follows_the_newest_while_on_it() -> None:
    app = TableApp(listing(30))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        assert table.following
        app.source.arrive(31, 32)
        table.reread()
        await pilot.pause()
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 32
        assert "row 32" in lines_of(table)[1]


async def test_rows_on_top_do_not_move_the_row_under_the_cursor() -> None:
    app = TableApp(listing(300))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await pilot.press("down", "down", "down")
        line = cursor_line(table)
        before = lines_of(table)
        app.source.arrive(301, 302, 303, 304)
        table.reread()
        await pilot.pause()
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 297
        assert cursor_line(table) == line
        assert lines_of(table) == before
        assert table.new_above == 4
        assert not table.following
        await pilot.press("home")
        assert table.new_above == 0
        assert table.following
        assert table.cursor_row.rank == 304


async def test_a_list_that_fits_is_seen_whole_and_its_cursor_stays_on_its_row() -> None:
    app = TableApp(listing(5), follows=False)
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        for newest in (6, 7):
            app.source.arrive(newest)
            table.reread()
            await pilot.pause()
            assert f"row {newest}" in lines_of(table)[1]
            assert "row 1" in lines_of(table)[newest]
            assert table.cursor_row is not None
            assert table.cursor_row.rank == 5
        await pilot.press("up")
        assert table.cursor_row.rank == 6
        for rank in (7, 5, 4, 3, 2, 1):
            app.source.leave(rank)
        table.reread()
        await pilot.pause()
        assert "row 6" in lines_of(table)[1]
        assert table.cursor_row.rank == 6


async def test_rows_that_leave_bring_those_above_into_sight() -> None:
    app = TableApp(listing(20), follows=False)
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await pilot.press("G")
        assert table.scroll_offset.y == 9
        for rank in range(2, 15):
            app.source.leave(rank)
        table.reread()
        await pilot.pause()
        assert table.scroll_offset.y == 0
        assert "row 20" in lines_of(table)[1]
        assert "row 1" in lines_of(table)[7]
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 1


async def test_pausing_holds_the_cursor_on_its_row() -> None:
    app = TableApp(listing(40))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        assert table.toggle_follow() is False
        app.source.arrive(41)
        table.reread()
        await pilot.pause()
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 40
        assert table.new_above == 1
        assert table.toggle_follow() is True
        await pilot.pause()
        assert table.cursor_row.rank == 41
        assert table.following


async def test_many_rows_on_top_while_far_down() -> None:
    app = TableApp(listing(5000))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await until(lambda: table.total == 5000)
        for _ in range(100):
            table.action_leaf(1)
        await pilot.pause()
        before = lines_of(table)
        app.source.arrive(*range(5001, 7001))
        table.reread()
        await until(lambda: table.total == 7000)
        assert lines_of(table) == before
        assert table.cursor_row is not None
        assert table.cursor_place == 7000 - table.cursor_row.rank
        assert table.new_above == 1000


async def test_the_cursor_falls_to_the_neighbour_of_a_row_that_left() -> None:
    app = TableApp(listing(40))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await pilot.press("down", "down")
        app.source.leave(38)
        table.reread()
        await pilot.pause()
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 37
        for rank in [*app.source.items]:
            app.source.leave(rank.rank)
        table.reread()
        await pilot.pause()
        assert table.cursor_row is None
        assert table.total == 0


async def test_goes_to_a_row_far_away_by_its_key() -> None:
    app = TableApp(listing(20_000))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        table.go_to_key("id-777", 777)
        await pilot.pause()
        assert table.cursor_row is not None
        assert table.cursor_row.rank == 777
        await until(lambda: table.total == 20_000 and table.cursor_place == 20_000 - 777)
        assert any("row 777 " in line for line in lines_of(table))


async def test_empty_broken_and_busy_are_said_inside() -> None:
    app = TableApp(ListSource([]))
    async with app.run_test(size=(80, 16)) as pilot:
        table = app.table
        table.notice = Notice("No requests yet", ("Nothing has come in.",), (("t", "send a test event"),))
        text = "\n".join(lines_of(table))
        assert "No requests yet" in text
        assert "t  send a test event" in text
        app.source.broken = "the disk is full [/]"
        table.reread()
        await pilot.pause()
        text = "\n".join(lines_of(table))
        assert "could not be read" in text
        assert "the disk is full [/]" in text
        app.source.broken = None
        app.source.arrive(1)
        table.reread()
        await pilot.pause()
        assert "row 1" in lines_of(table)[1]


async def test_old_rows_stay_while_a_slow_list_is_read() -> None:
    app = TableApp(listing(20))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await pilot.pause()
        other = ListSource([], slow=True)
        other.arrive(5000)
        table.open_source(other)
        assert "row 20" in lines_of(table)[1]
        assert lines_of(table)[0].startswith("◌")
        await until(lambda: "row 5000" in lines_of(table)[1])
        assert not table.feed.reading


async def test_slow_lists_page_and_jump_as_well() -> None:
    app = TableApp(listing(3000, slow=True))
    async with app.run_test(size=(80, 12)):
        table = app.table
        await until(lambda: table.total == 3000 and table.cursor_row is not None)
        table.action_bottom()
        await until(lambda: table.cursor_row is not None and table.cursor_row.rank == 1)
        table.move_to(1500)
        await until(lambda: table.cursor_row is not None and table.cursor_row.rank == 1500)
        await until(lambda: "row 1500" in "\n".join(lines_of(table)))


async def test_marks_one_by_one_by_range_and_all() -> None:
    app = TableApp(listing(2500))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        table.toggle_mark()
        assert table.marks.ids == ("id-2500",)
        assert table.cursor_place == 1
        assert lines_of(table)[1].startswith("✓")
        await pilot.press("down")
        table.begin_range()
        await pilot.press("down", "down")
        assert set(table.marks.ids) == {"id-2500", "id-2498", "id-2497", "id-2496"}
        await pilot.press("escape")
        assert table.marks.ids == ("id-2500",)
        await pilot.press("shift+up", "shift+up")
        table.toggle_mark()
        assert set(table.marks.ids) == {"id-2500", "id-2498", "id-2497", "id-2496"}
        table.mark_all()
        await until(lambda: len(table.marks) == 2500)
        table.mark_all()
        await until(lambda: not len(table.marks))
        table.mark_all()
        await until(lambda: len(table.marks) == 2500)
        app.source.arrive(2501)
        table.reread()
        await pilot.pause()
        assert "id-2501" not in table.marks


async def test_marking_all_of_too_many_says_so() -> None:
    app = TableApp(listing(10_500))
    async with app.run_test(size=(80, 12)) as pilot:
        app.table.mark_all()
        await until(lambda: len(app.table.marks) == 10_000)
        await pilot.pause()
        last = app.heard[-1]
        assert isinstance(last, ItemTable.MarksChanged)
        assert last.capped


async def test_the_mouse_moves_opens_marks_and_scrolls() -> None:
    app = TableApp(listing(100))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        await pilot.click(ItemTable, offset=(10, 4))
        assert table.cursor_place == 3
        await pilot.click(ItemTable, offset=(10, 2), control=True)
        assert "id-99" in table.marks
        await pilot.click(ItemTable, offset=(10, 6), times=2)
        assert any(isinstance(message, ItemTable.Opened) and message.row.rank == 95 for message in app.heard)
        await pilot.click(ItemTable, offset=(10, 0))
        assert table.cursor_place == 5
        table.scroll_relative(y=20, animate=False)
        await pilot.pause()
        assert table.cursor_place == 5
        assert "row 80" in lines_of(table)[1]


async def test_columns_fold_by_width_and_come_back() -> None:
    app = TableApp(listing(20))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        assert table.painter.shown == ("rank", "name", "again", "more")
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        lines_of(table)
        assert table.painter.shown == ("rank", "name", "again")
        await pilot.resize_terminal(20, 12)
        await pilot.pause()
        assert all(len(line) <= 20 for line in lines_of(table))
        assert table.painter.shown == ("rank", "name")
        await pilot.resize_terminal(120, 12)
        await pilot.pause()
        lines_of(table)
        assert table.painter.shown == ("rank", "name", "again", "more")


async def test_ascii_signs_and_text_selection() -> None:
    app = TableApp(listing(20))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.table
        table.use_signs(ASCII)
        assert lines_of(table)[1].startswith(">")
        await pilot.pause()
        app.screen.text_select_all()
        chosen = app.screen.get_selected_text()
        assert chosen is not None
        assert "row 20" in chosen
        assert "row 1" in chosen
