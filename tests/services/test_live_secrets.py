"""Secrets that change in the files while a process runs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from booking_tui.domain.webhook import Delivery, Verdict
from booking_tui.paths import Home
from booking_tui.ports import TestRequest
from booking_tui.providers.calcom.signature import sign
from booking_tui.services.attached import AttachedDesk
from booking_tui.settings import load
from booking_tui.wiring import build_engine, open_queries
from booking_tui.wiring.live_secrets import LOOK_S, LiveSecrets
from tests.services.conftest import StillClock, body_of, eventually, settings_for

OLD, NEW = "an-old-secret-0123456789", "a-new-secret-0123456789"


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def write(path: Path, *secrets: str) -> None:
    listed = ", ".join(f'"{secret}"' for secret in secrets)
    path.write_text(f"[calcom]\nwebhook_secrets = [{listed}]\n")
    path.chmod(0o600)


def verdict(live: LiveSecrets, secret: str) -> Verdict:
    return live((("X-Cal-Signature-256", sign(secret, b"{}")),), b"{}").verdict


@pytest.fixture
def live(home: Home) -> tuple[LiveSecrets, Seconds]:
    home.ensure()
    write(home.config, OLD)
    seconds = Seconds()
    return LiveSecrets(load(home.root, {}), home, monotonic=seconds), seconds


def test_a_delivery_sees_a_new_secret_within_a_second(live: tuple[LiveSecrets, Seconds], home: Home) -> None:
    check, seconds = live
    write(home.config, NEW, OLD + "-still")
    assert verdict(check, NEW) is Verdict.INVALID
    seconds.at += LOOK_S
    assert (verdict(check, NEW), verdict(check, OLD)) == (Verdict.VALID, Verdict.INVALID)


def test_a_persons_deed_sees_it_at_once_and_the_env_file_counts(live: tuple[LiveSecrets, Seconds], home: Home) -> None:
    check, _ = live
    home.env.write_text(f"CALCOM_WEBHOOK_SECRET={NEW}\n")
    assert check.secrets == (NEW,)


def test_what_the_environment_said_wins(home: Home) -> None:
    home.ensure()
    environ = {"CALCOM_WEBHOOK_SECRET": OLD}
    check = LiveSecrets(load(home.root, environ), home)
    write(home.config, NEW)
    assert check.secrets == (OLD,)


def test_broken_settings_keep_the_last_good_secrets_and_are_logged_once(
    live: tuple[LiveSecrets, Seconds], home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    check, _ = live
    home.config.write_text("[calcom\n")
    with caplog.at_level(logging.WARNING):
        assert check.secrets == check.secrets == (OLD,)
    assert len(caplog.records) == 1
    write(home.config, NEW)
    assert check.secrets == (NEW,)


def test_a_file_that_is_empty_for_a_moment_takes_no_secret_away(live: tuple[LiveSecrets, Seconds], home: Home) -> None:
    check, _ = live
    home.config.write_text("")
    assert check.secrets == (OLD,)
    assert check.secrets == ()


def test_a_secret_set_while_the_engine_runs_lets_a_replay_in_and_the_attached_desk_explains_by_it(
    home: Home, clock: StillClock
) -> None:
    home.ensure()
    bare = settings_for().with_values("calcom", webhook_secrets=())
    engine = build_engine(home, bare, clock=clock, role="serve")
    engine.start()
    try:
        body, desk = body_of(), AttachedDesk(home.control)
        signed = (("X-Cal-Signature-256", sign(NEW, body)),)
        finding = engine.sources["calcom"].check(signed, body)
        refused = Delivery("calcom", clock.now(), signed, body, finding.verdict, http_status=401)
        row_id = engine.records.inbox.put(refused).result(10).row_id
        assert "no secret is configured" in desk.explain(row_id).likely
        assert desk.sign("calcom", b"{}") == ()
        write(home.config, NEW)
        with open_queries(home, bare, clock=clock) as queries:
            why = queries.explain(row_id)
        assert why is not None
        assert why.likely == "the signature matches"
        [again] = desk.replay([row_id])
        eventually(lambda: engine.records.bookings.get("bk-1"))
        assert engine.records.inbox.row(again) is not None
        [answer] = desk.send_test(TestRequest(scenario="ping"))
        assert answer.status == 200
    finally:
        engine.stop()
    # Without the engine the command's own settings explain.
    with open_queries(home, bare, clock=clock) as queries:
        why = queries.explain(row_id)
    assert why is not None
    assert "no secret is configured" in why.likely
