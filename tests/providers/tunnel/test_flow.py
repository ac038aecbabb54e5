"""Lines of any length and number, of which only so much is read, kept and looked at."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator

from booking_tui.providers.tunnel.agent_log import AgentLog
from booking_tui.providers.tunnel.client_output import ClientOutput
from booking_tui.providers.tunnel.flow import (
    HEARD_AT_ONCE,
    HEARD_PER_S,
    LINE_MOST,
    READ_AT_ONCE,
    READ_PER_S,
    CappedLines,
    Flow,
)


class Clock:
    """Stands still but for the pauses that are made on it."""

    def __init__(self) -> None:
        self.at = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += seconds

    def flow(self) -> Flow:
        return Flow(pause=self.pause, monotonic=lambda: self.at)


class Endless(io.TextIOBase):
    """Says the same letter for ever, without the end of a line; notes how much it was asked for at a time."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.asked: list[int] = []

    def readline(self, size: int | None = -1, /) -> str:
        assert size is not None
        assert 0 < size <= LINE_MOST, "a line without an end would be kept in memory"
        self.asked.append(size)
        said = min(size, self.left)
        self.left -= said
        return "x" * said


def capped(text: str, clock: Clock | None = None) -> Iterator[str]:
    return iter(CappedLines(io.StringIO(text), (clock or Clock()).flow()))


def test_a_line_without_an_end_is_cut_and_its_rest_is_no_line() -> None:
    assert [len(line) for line in CappedLines(Endless(READ_AT_ONCE // 2), Clock().flow())] == [LINE_MOST]
    text = "a\n" + "b" * LINE_MOST + "lvl=eror msg=forged\nc\n"
    assert list(capped(text)) == ["a\n", "b" * LINE_MOST, "c\n"]
    assert list(capped("a\nend without a mark")) == ["a\n", "end without a mark"]


def test_of_a_flood_only_so_much_is_heard() -> None:
    clock = Clock()
    lines = ["y" * 99 + "\n"] * 9000
    heard = sum(len(line) for line in capped("".join(lines), clock))
    assert HEARD_AT_ONCE * 0.9 < heard <= HEARD_AT_ONCE + HEARD_PER_S * clock.at


def test_who_says_more_than_anybody_has_to_say_waits() -> None:
    clock = Clock()
    flow = clock.flow()
    for _ in range(200):
        flow.read(65536)
    assert clock.pauses
    assert max(clock.pauses) <= 0.2
    assert clock.at >= (200 * 65536 - READ_AT_ONCE) / READ_PER_S - 0.2
    quiet = Clock()
    calm = quiet.flow()
    for _ in range(200):
        calm.read(65536)
        quiet.at += 0.1
    assert quiet.pauses == []


def test_a_client_that_floods_is_read_slowly_once_its_address_is_known() -> None:
    clock = Clock()
    output = ClientOutput(8377, flow=clock.flow())
    output.take("https://a.trycloudflare.com", 0.0)
    program = "import sys; sys.stdout.write('INF request done status=200\\n' * 150_000)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        output.begin(process)
        output.join(30)
        assert process.wait(5) == 0
    output.end(1.0)
    assert clock.at > 2.0
    assert output.taken == "https://a.trycloudflare.com"


def test_the_log_keeps_only_the_beginning_of_a_long_line() -> None:
    from pyngrok.log import NgrokLog

    log = AgentLog()
    log(NgrokLog(f't=1 lvl=eror msg="heartbeat timeout, terminating session" err="{"z " * 50_000}"\n'))
    log.read()
    assert log.lost
    assert len(log.last_error()) <= 4096
    assert sum(len(line) for line in log._lines) <= 4096
