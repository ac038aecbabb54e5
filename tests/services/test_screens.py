"""What the dashboard and the demo are made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from booking_tui.domain.filter import Filter
from booking_tui.domain.rows import Scope
from booking_tui.paths import Home
from booking_tui.ports import DeedRefused, TestRequest
from booking_tui.services.engine import Engine
from booking_tui.services.lock import holder_of
from booking_tui.settings import load
from booking_tui.wiring import open_dashboard, open_demo, open_desk, open_queries
from booking_tui.wiring.demo import Clients, where_to_send
from booking_tui.wiring.homes import is_demo
from booking_tui.wiring.screens import run_demo, save_secret
from tests.services.conftest import Desktop, StillClock, body_of, eventually, opened, settings_for


@pytest.fixture(autouse=True)
def _quick_practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from booking_tui.wiring import demo

    whole = demo.practice_seed
    short = partial(whole, weeks_back=1, weeks_ahead=1)
    monkeypatch.setattr(demo, "practice_seed", short)
    yield


def test_the_dashboard_holds_the_home_before_its_first_frame_and_lets_it_go(home: Home) -> None:
    with open_dashboard(home, settings_for()) as app:
        context = app.context
        assert holder_of(home.lock) is not None
        assert (context.attached, context.demo, context.webhook_url()) == (False, False, None)
        assert context.queries.bookings_page(Scope.ALL, limit=5) == []
        assert any(story.name == "booking-created" for story in context.stories())
    assert holder_of(home.lock) is None


async def test_the_dashboard_starts_its_engine_and_shows_what_it_is_sent(home: Home) -> None:
    with open_dashboard(home, settings_for()) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            while app.context.webhook_url() is None:
                await pilot.pause(0.02)
            [answer] = app.context.desk.send_test(TestRequest(scenario="booking-created"))
            assert answer.status == 200
            while not app.context.queries.bookings_page(Scope.ALL, limit=5):
                await pilot.pause(0.02)


def test_a_second_dashboard_attaches_to_the_first(engine: Engine, home: Home) -> None:
    with open_dashboard(home, settings_for()) as app:
        context = app.context
        assert context.attached
        answer = context.desk.resend(None, body_of(), [], sign=True)
        assert answer.status == 200
        eventually(lambda: context.queries.bookings_page(Scope.ALL, limit=5))
    assert engine.listening


def test_the_demo_is_a_practice_that_knows_no_real_setting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"CALCOM_WEBHOOK_SECRET": "a-real-secret-of-somebody", "BOOKING_TUI_LISTENER__PORT": "8377"}
    with open_demo(home, environ) as app:
        context = app.context
        assert context.demo
        assert context.settings.listener.port == 0
        assert "a-real-secret-of-somebody" not in context.settings.secrets
        assert context.queries.bookings_page(Scope.UPCOMING, limit=5)
    assert "CALCOM_WEBHOOK_SECRET" not in environ


def test_a_kept_demo_opens_again_with_its_secret_and_its_tests_count(home: Home) -> None:
    with open_demo(home, {}) as first:
        secrets = first.context.settings.secrets
        count = first.context.queries.events_count()
    with open_demo(home, {}) as again:
        assert again.context.settings.secrets == secrets
        assert again.context.queries.events_count() == count
    assert is_demo(home)
    settings = load(home.root, {})
    with open_queries(home, settings) as queries, open_desk(home, settings) as desk:
        assert queries.demo
        [row] = queries.events_page(queries.filter("state:processed"), limit=1)
        assert desk.replay([row.id])


def test_a_demo_never_moves_into_somebodys_home(desktop: Desktop) -> None:
    with pytest.raises(DeedRefused, match="another folder"):
        run_demo(desktop.home.root, {})
    assert not is_demo(desktop.home)


def test_simulated_clients_go_on_booking_over_http(engine: Engine) -> None:
    clients = Clients(4, settings_for(), lambda: where_to_send(engine), mean_wait_s=0.01)
    clients.start()
    try:
        eventually(lambda: engine.records.inbox.count(Filter()) >= 3)
    finally:
        clients.stop()
    assert {row.verdict for row in engine.records.inbox.page(Filter(), limit=50)} == {"valid"}
    assert not any(row.test for row in engine.records.inbox.page(Filter(), limit=50))


def test_simulated_clients_wait_for_a_listener_and_end_without_one() -> None:
    clients = Clients(4, settings_for(), lambda: None, chaos=True)
    clients.start()
    clients.stop()
    assert not clients._thread.is_alive()


def test_the_first_secret_is_written_for_its_owner_alone_and_never_over_another(home: Home) -> None:
    first = load(home.root, {})
    path = save_secret(home, first, "a-fresh-secret-0123456789")
    assert Path(path).stat().st_mode & 0o777 == 0o600
    settings = load(home.root, {})
    assert settings.calcom.webhook_secrets == ("a-fresh-secret-0123456789",)
    assert settings.configured
    for known in (first, settings):
        with pytest.raises(DeedRefused, match="set already"):
            save_secret(home, known, "another-secret-0123456789")


def test_the_first_secret_goes_into_settings_that_are_there_and_counts_at_once(home: Home) -> None:
    home.ensure()
    home.config.write_text(
        '# mine\n[practice]\nzone = "Europe/Berlin" # home\n\n[listener]\nport = 0\nlocal_port = 0\n'
    )
    settings = load(home.root, {})
    with open_dashboard(home, settings) as app:
        assert not app.context.secret_set
        assert app._welcome, "without a secret nothing can come in"
        assert app.setup is not None
        assert app.setup.save("a-fresh-secret-0123456789") == str(home.config)
        assert app.context.secrets == ("a-fresh-secret-0123456789",)
    text = home.config.read_text()
    assert text.startswith('# mine\n[practice]\nzone = "Europe/Berlin" # home\n')
    assert load(home.root, {}).calcom.webhook_secrets == ("a-fresh-secret-0123456789",)
    assert home.config.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_the_environment_would_overrule_is_not_written(home: Home) -> None:
    settings = load(home.root, {"BOOKING_TUI_CALCOM__WEBHOOK_SECRETS": '["from-outside-0123456789"]'})
    with pytest.raises(DeedRefused, match="environment"):
        save_secret(home, settings, "a-fresh-secret-0123456789")
    assert not home.config.exists()


def test_tests_on_a_demo_home_are_not_marked_even_by_a_command(home: Home, clock: StillClock) -> None:
    with open_demo(home, {}):
        pass
    with opened(home, clock) as desktop:
        row_id = desktop.put(body_of("bk-tried"), test=True)
    with open_desk(home, load(home.root, {})) as desk:
        desk.forget([])
    with open_queries(home, load(home.root, {})) as queries:
        [row] = queries.bookings_page(Scope.ALL, queries.filter("bk-tried"), limit=2)
        assert not row.test
        assert queries.event_row(row_id) is not None
