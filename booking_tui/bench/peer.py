"""The peer: a FastAPI + SQLModel receiver as people write it, doing the same durable insert.

``python -m booking_tui.bench.peer FOLDER``; prints a ready line with its port. Needs the extra ``bench``.
"""

# Annotations here are read at run time by FastAPI and SQLModel, so they must stay real objects.
import hashlib
import hmac
import json
import socket
import sys
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, create_engine

from booking_tui.bench.processes import SECRET


class Inbox(SQLModel, table=True):
    """One received delivery."""

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    trigger: str
    body: bytes


def durable_engine(folder: Path) -> Engine:
    """Give an engine whose commits are as durable as ours: WAL with synchronous=FULL."""
    engine = create_engine(f"sqlite:///{folder / 'peer.db'}", connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def pragmas(connection: object, _record: object) -> None:
        for line in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {line}")  # type: ignore[attr-defined]

    SQLModel.metadata.create_all(engine)
    return engine


def application(folder: Path) -> FastAPI:
    """Give the receiver: check, parse, insert, commit, answer."""
    engine = durable_engine(folder)
    app = FastAPI(openapi_url=None)

    def session() -> object:
        with Session(engine) as opened:
            yield opened

    async def raw(request: Request) -> bytes:
        return await request.body()

    @app.post("/webhooks/calcom")
    def receive(
        request: Request, body: Annotated[bytes, Depends(raw)], db: Annotated[Session, Depends(session)]
    ) -> dict[str, str]:
        wanted = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, request.headers.get("x-cal-signature-256", "")):
            raise HTTPException(401)
        trigger = json.loads(body).get("triggerEvent", "")
        db.add(Inbox(digest=hashlib.sha256(body).hexdigest(), trigger=trigger, body=body))
        try:
            db.commit()
        except IntegrityError:
            return {"status": "duplicate"}
        return {"status": "accepted"}

    return app


def main(folder: str) -> None:
    """Serve on a free loopback port until ended."""
    plug = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    plug.bind(("127.0.0.1", 0))
    plug.listen(128)  # so that connections wait for the server instead of being refused
    sys.stdout.write(json.dumps({"event": "ready", "public_port": plug.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    config = uvicorn.Config(application(Path(folder)), http="h11", loop="asyncio", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[plug])


if __name__ == "__main__":
    main(sys.argv[1])
