"""The configuration file of our own agent (ngrok's schema version 3), and the authtoken that is kept in it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Final, NamedTuple, cast

from booking_tui.domain.tunnel import TunnelFailed, TunnelProblem
from booking_tui.providers.tunnel.private_files import private_folder, read_small, remove_file, replace_file
from booking_tui.providers.tunnel.sentences import TOKEN_PAGE

FILE_NAME: Final = "ngrok.yml"
_BORROWED: Final = "# The authtoken is borrowed from ngrok's own file."
_HEAD: Final = "# Written by booking_tui for its own ngrok agent, anew at every start.\n"
_SHAPE = re.compile(r"[0-9A-Za-z_-]{12,256}")


class Token(NamedTuple):
    """An authtoken and where it came from: ``settings``, ``saved`` or ``borrowed``."""

    text: str
    source: str

    def __repr__(self) -> str:
        return f"Token(source={self.source!r})"


def wrong_token(token: str) -> str | None:
    """Say in a sentence why a text cannot be an authtoken, None when it may be one. Does not quote it."""
    if not token.strip():
        return "There is no text in the authtoken."
    if "add-authtoken" in token or token.strip().startswith("ngrok "):
        return "That is ngrok's whole command; only the text at its end is the authtoken."
    if any(char.isspace() or not char.isprintable() for char in token):
        return "An authtoken has no blanks, line ends or invisible characters in it; copy it once more."
    if token.startswith(("cr_", "ak_")):
        return "That is the name of a token or key at ngrok, not the authtoken itself."
    if token.startswith(("http://", "https://")):
        return "That is a web address; the authtoken is the text shown on that page."
    if not _SHAPE.fullmatch(token):
        return "An authtoken has letters, digits and underscores only, some 40 to 50 of them; copy it once more."
    return None


def choose_token(path: Path, given: str | None, *, borrow: bool) -> Token | None:
    """Give the token to use: the one given, else the one in our file, else, only to ``borrow``, the user's own.

    Raises TunnelFailed when the one given cannot be a token.
    """
    if given:
        _check(given)
        return Token(given, "settings")
    kept = read_token(path)
    if kept is not None and (borrow or not _is_borrowed(path)):
        return Token(kept, "borrowed" if _is_borrowed(path) else "saved")
    theirs = read_token(users_file()) if borrow else None
    return Token(theirs, "borrowed") if theirs else None


def token_source(path: Path, given: str | None, *, borrow: bool) -> str:
    """Say in words where the token comes from. Does not raise and does not show it."""
    try:
        token = choose_token(path, given, borrow=borrow)
    except TunnelFailed as failed:
        return failed.problem.what
    sources = {
        "settings": "from the settings",
        "saved": f"saved in {path}",
        "borrowed": f"borrowed from ngrok's own file {users_file()}",
    }
    return sources[token.source] if token else "no authtoken is set"


def save_token(path: Path, token: str) -> None:
    """Keep a token in our file, 0600. Raises TunnelFailed when it cannot be one, OSError when the file cannot be."""
    _check(token)
    private_folder(path.parent)
    replace_file(path, _document(Token(token, "saved"), "127.0.0.1:0", inspect=False))


def forget_token(path: Path) -> None:
    """Remove our file with the token; nothing happens when there is none."""
    remove_file(path)


def write_config(path: Path, token: Token, web_port: int, *, inspect: bool) -> None:
    """Write what the agent reads at its start, 0600. Raises OSError."""
    private_folder(path.parent)
    replace_file(path, _document(token, f"127.0.0.1:{web_port}", inspect=inspect))


def read_token(path: Path) -> str | None:
    """Give the token in a file of either schema; None when there is no such file, no token, or no sense in it."""
    import yaml

    try:
        tree = cast("object", yaml.safe_load(read_small(path).decode("utf-8")))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None
    match tree:
        case {"agent": {"authtoken": str(token)}} | {"authtoken": str(token)} if wrong_token(token) is None:
            return token
        case _:
            return None


def users_file() -> Path:
    """Give the configuration file of ngrok itself, which is read and never written here."""
    from pyngrok import installer

    return Path(installer.get_default_ngrok_dir()) / FILE_NAME


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on now; another program may take it a moment later."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _check(token: str) -> None:
    wrong = wrong_token(token)
    if wrong is not None:
        raise TunnelFailed(
            TunnelProblem(wrong, "Copy the authtoken from ngrok's page.", again=False, page=TOKEN_PAGE)
        ) from None


def _is_borrowed(path: Path) -> bool:
    try:
        return _BORROWED.encode() in read_small(path)
    except OSError:
        return False


def _document(token: Token, web_addr: str, *, inspect: bool) -> bytes:
    """Give the file. JSON's quoted texts are YAML's too."""
    lines = [
        'version: "3"',
        "agent:",
        f"  authtoken: {json.dumps(token.text)}",
        f"  web_addr: {json.dumps(web_addr)}",
        "  console_ui: false",
        "  update_check: false",
        "  log_level: info",
        "  log_format: logfmt",
        # 0 is the agent's own size, -1 keeps no request in memory at all.
        f"  inspect_db_size: {0 if inspect else -1}",
    ]
    note = f"{_BORROWED}\n" if token.source == "borrowed" else ""
    return (_HEAD + note + "\n".join(lines) + "\n").encode()
