"""Fetching the agent: from a loopback server, in every way in which a download goes wrong."""

from __future__ import annotations

import io
import os
import random
import stat
import tarfile
import threading
import zipfile
from pathlib import Path
from threading import Event

import pytest

from booking_tui.domain.tunnel import TunnelFailed
from booking_tui.providers.tunnel.install import agent_url, download_agent

AGENT = b"\x7fELF" + bytes(range(256)) * 800


def tgz(content: bytes = AGENT, name: str = "ngrok", kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as pack:
        for path in ("../escaped", name):
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o777
            member.type = kind if path == name else tarfile.REGTYPE
            member.linkname = "/etc/passwd" if kind == tarfile.SYMTYPE else ""
            pack.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


NOISE = b"\x7fELF" + random.Random(1).randbytes(50_000)


def zipped(content: bytes = AGENT, name: str = "ngrok", method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as pack:
        pack.writestr(name, content)
    return buffer.getvalue()


def spoilt(pack: bytes) -> bytes:
    """Damage the packed program itself, leaving the archive's own records as they are."""
    middle = len(pack) // 2
    return pack[:middle] + bytes(byte ^ 0xFF for byte in pack[middle : middle + 200]) + pack[middle + 200 :]


def fetch(
    url: str, target: Path, cancelled: Event | None = None, timeout_s: float = 2.0
) -> list[tuple[int, int | None]]:
    told: list[tuple[int, int | None]] = []
    download_agent(
        target,
        lambda done, total: told.append((done, total)),
        cancelled or Event(),
        url=url,
        timeout_s=timeout_s,
        pause_s=0.01,
        least_bytes=1000,
    )
    return told


@pytest.mark.parametrize("pack", [tgz(), zipped()], ids=["tgz", "zip"])
def test_the_agent_is_put_in_place_executable_and_private(
    web, tmp_path: Path, pack: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new" / "ngrok"
    told = fetch(web(lambda *_: (200, {}, pack)).url, target)
    assert target.read_bytes() == AGENT
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert [path.name for path in target.parent.iterdir()] == ["ngrok"]
    assert not (tmp_path / "escaped").exists()
    assert told[0] == (0, len(pack))
    assert told[-1] == (len(pack), len(pack))
    assert capfd.readouterr() == ("", "")


def test_a_stumble_is_tried_again_with_bounds(web, tmp_path: Path) -> None:
    answers = [(503, {}, b""), (200, {"Content-Length": "999999"}, tgz()), (200, {}, tgz())]
    good = web(lambda *_: answers.pop(0))
    fetch(good.url, tmp_path / "ngrok", timeout_s=0.5)
    assert len(good.seen) == 3
    bad = web(lambda *_: (503, {}, b""))
    with pytest.raises(TunnelFailed, match="status 503") as failed:
        fetch(bad.url, tmp_path / "ngrok")
    assert len(bad.seen) == 3
    assert failed.value.problem.again
    assert failed.value.problem.page == "https://ngrok.com/download"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"\x1f\x8b not gzip",
        b"PK\x03\x04 not zip",
        tgz()[:-500],
        tgz(name="other"),
        tgz(kind=tarfile.SYMTYPE),
        tgz(kind=tarfile.DIRTYPE),
        tgz(b"#!/bin/sh\n" + b"x" * 5000),
        tgz(b"\x7fELF"),
        zipped(name="other"),
        spoilt(tgz(NOISE)),
        spoilt(zipped(NOISE, method=zipfile.ZIP_DEFLATED)),
        spoilt(zipped(NOISE, method=zipfile.ZIP_LZMA)),
        spoilt(zipped(NOISE, method=zipfile.ZIP_BZIP2)),
    ],
    ids=[
        *("empty", "page", "gzip", "zip", "cut", "name", "link", "folder", "script", "small", "zip name"),
        *("spoilt tgz", "spoilt zip", "spoilt lzma", "spoilt bz2"),
    ],
)
def test_what_is_no_agent_does_not_replace_the_one_that_is_there(web, tmp_path: Path, body: bytes) -> None:
    target = tmp_path / "ngrok"
    target.write_text("the old one")
    with pytest.raises(TunnelFailed, match="not an ngrok agent"):
        fetch(web(lambda *_: (200, {}, body)).url, target)
    assert target.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["ngrok"]


def test_a_missing_page_is_told_at_once(web, tmp_path: Path) -> None:
    server = web(lambda *_: (404, {}, b""))
    with pytest.raises(TunnelFailed, match="status 404"):
        fetch(server.url, tmp_path / "ngrok")
    assert len(server.seen) == 1


@pytest.mark.parametrize("url", ["http://example.com/ngrok.tgz", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_only_https_is_trusted_with_a_program(tmp_path: Path, url: str) -> None:
    with pytest.raises(TunnelFailed, match="https"):
        fetch(url, tmp_path / "ngrok")


def test_it_can_be_stopped(web, tmp_path: Path) -> None:
    cancelled = Event()
    cancelled.set()
    with pytest.raises(TunnelFailed, match="stopped"):
        fetch("http://127.0.0.1:9/x", tmp_path / "ngrok", cancelled)
    go = Event()

    def stops(done: int, _: int | None) -> None:
        if done:
            go.set()

    with pytest.raises(TunnelFailed, match="stopped"):
        download_agent(
            tmp_path / "ngrok",
            stops,
            go,
            url=web(lambda *_: (200, {}, tgz(os.urandom(400_000)))).url,
            pause_s=0.01,
            least_bytes=1,
        )
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() < 20


def test_nobody_there_and_no_room_are_told(tmp_path: Path) -> None:
    with pytest.raises(TunnelFailed, match="could not be downloaded"):
        fetch("http://127.0.0.1:9/x", tmp_path / "ngrok")
    (tmp_path / "file").write_text("")
    with pytest.raises(TunnelFailed, match="could not be stored"):
        fetch("http://127.0.0.1:9/x", tmp_path / "file" / "ngrok")


def test_the_address_is_ngroks_for_this_computer_and_unknown_ones_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert agent_url().startswith("https://bin.ngrok.com/")
    assert agent_url().endswith("linux-arm64.tgz")
    monkeypatch.setattr("platform.system", lambda: "Plan9")
    with pytest.raises(TunnelFailed, match="no ngrok agent for this kind"):
        agent_url()
