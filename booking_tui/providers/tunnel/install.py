"""Downloads the ngrok agent, only when called: after a person said yes."""

from __future__ import annotations

import contextlib
import os
import secrets
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Event
from typing import IO, Final
from urllib.parse import urlsplit

import httpx

from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.tunnel.private_files import remove_file
from booking_tui.providers.tunnel.sentences import DOWNLOAD_PAGE

try:
    from lzma import LZMAError
except ImportError:  # a Python that was built without it opens no such archive in the first place
    LZMAError = zlib.error

Progress = Callable[[int, int | None], None]
"""Is told the bytes done and the bytes in total, None while nobody knows."""

ATTEMPTS: Final = 3
MOST_BYTES: Final = 300_000_000
LEAST_BYTES: Final = 1_000_000
"""A real agent has some 30 million bytes."""
_CHUNK: Final = 65536
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# The first bytes of programs: ELF, Mach-O (64 and 32 bit, either order, and universal), PE.
_PROGRAMS: Final = (
    *(b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce"),
    *(b"\xca\xfe\xba\xbe", b"MZ"),
)
_BROKEN: Final = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError),
    *(KeyError, EOFError, ValueError, RuntimeError, NotImplementedError),
)
"""What reading a broken archive raises; the last ones include methods of packing that are not known here."""


class _TryAgain(Exception):  # noqa: N818 - it names what to do
    """This attempt failed in a way that another may not."""


def agent_url() -> str:
    """Give where ngrok keeps the agent for this computer, by pyngrok's list. Raises TunnelFailed when it has none."""
    from pyngrok import installer
    from pyngrok.exception import PyngrokError

    try:
        return installer.get_ngrok_cdn_url("3")
    except PyngrokError:
        raise _failure("There is no ngrok agent for this kind of computer.", "Use another way in.") from None


def download_agent(
    target: Path,
    progress: Progress,
    cancelled: Event,
    *,
    url: str | None = None,
    timeout_s: float = 20.0,
    pause_s: float = 1.0,
    least_bytes: int = LEAST_BYTES,
) -> None:
    """Fetch the agent's archive, take the program out of it and put it at ``target``, executable for its owner.

    ``timeout_s`` is for connecting and for each silence. Until the last step ``target`` stays as it is.
    Raises TunnelFailed.
    """
    address = url or agent_url()
    _check_address(address)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _temporary(target) as archive, _temporary(target) as program:
            _fetch(address, archive, progress, cancelled, timeout_s=timeout_s, pause_s=pause_s)
            _unpack(archive, program, target.name, least_bytes)
            program.chmod(0o700)
            program.replace(target)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _failure(f"The ngrok agent could not be stored: {why}.", "Check the free space of the disk.") from None


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _failure("The download must come by https.", "Install the agent from ngrok's page.")


def _fetch(
    address: str, archive: Path, progress: Progress, cancelled: Event, *, timeout_s: float, pause_s: float
) -> None:
    why = ""
    with httpx.Client(timeout=timeout_s, follow_redirects=True, trust_env=_leads_out(address)) as client:
        for attempt in range(ATTEMPTS):
            if cancelled.wait(pause_s * attempt):
                break
            try:
                _fetch_once(client, address, archive, progress, cancelled)
                return
            except (_TryAgain, httpx.HTTPError) as error:
                why = str(error) if isinstance(error, _TryAgain) else type(error).__name__
    if cancelled.is_set():
        raise _failure("The download was stopped.", "Start it again when you want it.", again=True)
    raise _failure(
        f"The ngrok agent could not be downloaded ({why}).",
        "Check the internet connection, or install the agent from ngrok's page.",
        again=True,
    )


def _fetch_once(client: httpx.Client, address: str, archive: Path, progress: Progress, cancelled: Event) -> None:
    with client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as answer:
        _check_address(str(answer.url))
        if answer.status_code >= 500 or answer.status_code == 429:
            raise _TryAgain(f"status {answer.status_code}")
        if answer.status_code != 200:
            raise _failure(
                f"ngrok's download page answered with the status {answer.status_code}.", "Install it by hand."
            )
        length = answer.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        done = 0
        progress(done, total)
        with archive.open("wb") as file:
            for chunk in answer.iter_raw(_CHUNK):
                done += len(chunk)
                if done > MOST_BYTES:
                    raise _failure("The download is far too large for an ngrok agent.", "Install it by hand.")
                if cancelled.is_set():
                    raise _TryAgain("stopped")
                file.write(chunk)
                progress(done, total)
        if total is not None and done != total:
            raise _TryAgain(f"only {done} of {total} bytes came")


def _unpack(archive: Path, program: Path, name: str, least_bytes: int) -> None:
    """Copy the one file that we want out of the archive; nothing else in it is ever written anywhere."""
    try:
        with _member(archive, name) as source, program.open("wb") as file:
            size = 0
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise _not_an_agent()
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except _BROKEN:
        raise _not_an_agent() from None
    except OSError as error:
        if error.errno is None:  # gzip's BadGzipFile
            raise _not_an_agent() from None
        raise
    with program.open("rb") as file:
        if size < least_bytes or not file.read(4).startswith(_PROGRAMS):
            raise _not_an_agent()


@contextlib.contextmanager
def _member(archive: Path, name: str) -> Generator[IO[bytes]]:
    """Open the program inside a zip or a gzipped tar. Raises KeyError when it is not there."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as pack, pack.open(name) as source:
            yield source
        return
    with tarfile.open(archive, "r:gz") as pack:
        member = pack.getmember(name)
        source = pack.extractfile(member) if member.isreg() else None
        if source is None:
            raise KeyError(name)
        with source:
            yield source


@contextlib.contextmanager
def _temporary(target: Path) -> Generator[Path]:
    """Give a private file next to the target, and remove it at the end if it is still there."""
    path = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield path
    finally:
        remove_file(path)


def _leads_out(address: str) -> bool:
    """Say whether a proxy of the surroundings may be used."""
    return urlsplit(address).hostname not in _LOOPBACK


def _not_an_agent() -> TunnelFailed:
    return _failure("What was downloaded is not an ngrok agent.", "Install the agent from ngrok's page.", again=True)


def _failure(what: str, do: str, *, again: bool = False) -> TunnelFailed:
    return TunnelFailed(TunnelProblem(what, do, again=again, page=DOWNLOAD_PAGE))
