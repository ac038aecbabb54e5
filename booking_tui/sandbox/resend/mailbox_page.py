"""The mailbox as people look at it: a list of what was delivered, and each mail as a browser shows it.

`GET /_sandbox/mailbox` and `/_sandbox/mailbox/{id}` are pages, with `?json=1` JSON; `DELETE` empties the box;
`/_sandbox/mailbox/{id}/files/{number}` is a download. All text is a stranger's: it is escaped, a mail's HTML stands in
a frame that may do nothing, and the pages may load nothing from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from booking_tui.sandbox.resend.mailbox import Mailbox
from booking_tui.sandbox.resend.mailbox_style import STYLE
from booking_tui.sandbox.resend.model import Attachment, Message

BASE = "/_sandbox/mailbox"
KIND_TAGS = ("kind", "category")
"""Which tags say what kind of mail it is."""

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
_REFRESH = '<meta http-equiv="refresh" content="10">'
_READABLE = frozenset({"text/calendar", "text/plain", "text/csv", "application/json"})
_SHOWN = 20_000
_CONTROLS = dict.fromkeys(
    [
        code
        for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
        if code not in (9, 10)
    ],
    "\ufffd",
)
"""What moves or hides the text around it; tab and line feed are fine."""


class MailboxPages:
    """The routes, over a mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route(BASE, self._listing, methods=["GET", "DELETE"]),
            Route(f"{BASE}/{{id}}", self._message, methods=["GET"]),
            Route(f"{BASE}/{{id}}/files/{{number:int}}", self._file, methods=["GET"]),
        ]

    async def _listing(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._mailbox.clear()
            return JSONResponse({"messages": []})
        newest_first = self._mailbox.all()[::-1]
        if "json" in request.query_params:
            return JSONResponse({"messages": [message.shape() for message in newest_first]})
        return _page("Mailbox", _list_body(newest_first), _REFRESH)

    async def _message(self, request: Request) -> Response:
        message = self._mailbox.get(str(request.path_params["id"]))
        as_json = "json" in request.query_params
        if message is None:
            if as_json:
                return JSONResponse({"error": "no such message"}, 404)
            return _page("Not here", '<p class="empty">This mail is not in the mailbox.</p>', status=404)
        if as_json:
            return JSONResponse(message.shape())
        phone = request.query_params.get("width") == "phone"
        return _page(message.subject, _message_body(message, phone=phone))

    async def _file(self, request: Request) -> Response:
        message = self._mailbox.get(str(request.path_params["id"]))
        number = int(request.path_params["number"])
        if message is None or number >= len(message.attachments):
            return Response("no such file", 404, media_type="text/plain")
        file = message.attachments[number]
        # Never as what it claims to be: a page of a stranger's must not be one of ours.
        headers = _HEADERS | {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}"}
        return Response(file.content or b"", 200, headers, "application/octet-stream")


def _page(title: str, body: str, head: str = "", status: int = 200) -> Response:
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}<title>{escape(title.translate(_CONTROLS))}</title><style>{STYLE}</style></head><body>{body}</body></html>",
        status,
        _HEADERS,
    )


def _list_body(messages: list[Message]) -> str:
    count = f"{len(messages)} delivered" if messages else "nothing yet"
    head = f"<header><h1>Mailbox</h1><p>{count}; nothing left this machine</p></header>"
    if not messages:
        return f'{head}<main><p class="empty">Mail that reaches somebody appears here, by itself.</p></main>'
    return f'{head}<main><ul class="mails">{"".join(_row(message) for message in messages)}</ul></main>'


def _row(message: Message) -> str:
    files = len(message.attachments)
    clip = f'<span class="files">{files} file{"s" if files > 1 else ""}</span>' if files else ""
    return (
        f'<li><a href="{BASE}/{quote(message.id)}">'
        f'<span class="who">{_text(", ".join(message.delivered_to))}</span>{_when(message.sent_at)}'
        f'<span class="subject">{_text(message.subject)}</span>'
        f'<span class="marks">{_kind(message)}{clip}</span></a></li>'
    )


def _message_body(message: Message, *, phone: bool) -> str:
    parts = [
        f'<header><p><a href="{BASE}">Mailbox</a></p><h1>{_text(message.subject)}</h1>{_facts(message)}</header><main>',
        _html_part(message, phone=phone) if message.html else "",
        _section("Plain text", f"<pre>{_text(message.text)}</pre>", opened=not message.html) if message.text else "",
        *(_file_part(message, number, file) for number, file in enumerate(message.attachments)),
        _section("Headers and tags", _table(_all_headers(message))),
        "</main>",
    ]
    return "".join(parts)


def _facts(message: Message) -> str:
    rows = [
        ("From", message.from_),
        ("To", ", ".join(message.to)),
        ("Cc", ", ".join(message.cc)),
        ("Bcc", ", ".join(message.bcc)),
        ("Reply to", ", ".join(message.reply_to)),
    ]
    told = "".join(f"<div><dt>{name}</dt><dd>{_text(value)}</dd></div>" for name, value in rows if value)
    return f"<dl>{told}<div><dt>Arrived</dt><dd>{_when(message.sent_at)} {_kind(message)}</dd></div></dl>"


def _html_part(message: Message, *, phone: bool) -> str:
    here = f"{BASE}/{quote(message.id)}"
    wide = f'<a href="{here}">Wide</a>' if phone else '<strong aria-current="true">Wide</strong>'
    narrow = '<strong aria-current="true">Phone</strong>' if phone else f'<a href="{here}?width=phone">Phone</a>'
    return (
        f'<nav aria-label="Width of the preview">{wide}{narrow}'
        "<span>pictures from elsewhere are not loaded</span></nav>"
        f'<iframe class="{"phone" if phone else "wide"}" sandbox="" title="The mail as it is shown" '
        f'referrerpolicy="no-referrer" srcdoc="{escape(message.html or "")}"></iframe>'
    )


def _file_part(message: Message, number: int, file: Attachment) -> str:
    link = f"{BASE}/{quote(message.id)}/files/{number}"
    kind = file.content_type.partition(";")[0].strip().lower()
    size = "not fetched" if file.content is None else f"{len(file.content):,} bytes"
    inside = f'<p><a href="{link}" download>Save</a> <span class="files">{_text(file.content_type)}, {size}</span></p>'
    readable = kind in _READABLE or file.filename.lower().endswith(".ics")
    if readable and file.content is not None:
        text = file.content[:_SHOWN].decode("utf-8", "replace")
        inside += f"<pre>{_text(_unfolded(text))}</pre>"
    return _section(file.filename, inside, opened=readable)


def _unfolded(text: str) -> str:
    """Put the lines of an iCalendar text together again that were folded after 75 bytes."""
    return text.replace("\r\n", "\n").replace("\n ", "")


def _all_headers(message: Message) -> Iterable[tuple[str, str]]:
    yield from message.headers.items()
    yield from ((f"tag {name}", value) for name, value in message.tags.items())
    yield "id", message.id
    if message.idempotency_key is not None:
        yield "idempotency key", message.idempotency_key


def _section(title: str, inside: str, *, opened: bool = False) -> str:
    return f"<details{' open' if opened else ''}><summary>{_text(title)}</summary>{inside}</details>"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>' for name, value in rows)}</dl>"


def _kind(message: Message) -> str:
    kind = next((message.tags[name] for name in KIND_TAGS if name in message.tags), None)
    return "" if kind is None else f'<span class="kind">{_text(kind)}</span>'


def _when(at: datetime) -> str:
    return f'<time datetime="{at.isoformat()}">{at:%a} {at.day} {at:%b %Y, %H:%M:%S} UTC</time>'


def _text(text: str | None) -> str:
    """Escape a stranger's text, show what controls the writing as �, and end its direction where it ends."""
    return f"<bdi>{escape((text or '').translate(_CONTROLS))}</bdi>"
