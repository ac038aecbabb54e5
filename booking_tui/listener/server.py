"""The listener: both ports on one loop in one thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from uvicorn.config import Config
from uvicorn.server import ServerState

from booking_tui.listener.census import Census
from booking_tui.listener.hosts import HostRule, nobody
from booking_tui.listener.local import LocalDesk, LocalPages
from booking_tui.listener.metrics import Counters
from booking_tui.listener.options import ListenerOptions
from booking_tui.listener.protocol import ListenerProtocol
from booking_tui.listener.site import Site, unheard
from booking_tui.listener.sockets import BACKLOG, CannotListen, PortTaken, listening_socket, port_of
from booking_tui.listener.webhooks import WebhookDesk, WebhookRoute
from booking_tui.ports import Clock, DeliveryStore

LOCAL_HOST = "127.0.0.1"
PAGE_WORKERS, DEED_WORKERS = 2, 8
"""Threads of their own: deeds that take their time must not make this program look dead to whoever asks how it is."""

logger = logging.getLogger("booking_tui.listener")


def nothing(_: str) -> None:
    """Do nothing with a row's id."""


def unknown(_: str) -> bool:
    """Know no nonce."""
    return False


class Listener:
    """Receives webhooks on the public port and serves the local pages, in its own thread."""

    def __init__(
        self,
        options: ListenerOptions,
        *,
        store: DeliveryStore,
        routes: Mapping[str, WebhookRoute],
        local: LocalPages,
        clock: Clock,
        public_host: Callable[[], str | None] = nobody,
        on_stored: Callable[[str], None] = nothing,
        on_tunnelled: Callable[[bool], None] = unheard,
        knows: Callable[[str], bool] = unknown,
    ) -> None:
        """``routes`` are by path. What is called here is called in the listener's thread and must not block.

        ``on_stored`` gets a row's id; ``on_tunnelled`` gets False for each request through the tunnel and True for each
        authentic delivery among them; ``knows`` says of a nonce, once, that this process made it.
        """
        self.counters = Counters(clock.monotonic)
        self.public_port = 0
        """The port bound; 0 while not started."""
        self.local_port = 0
        self._options = options
        self._local = local
        hosts = HostRule(options.allowed_hosts, public_host)
        desk = WebhookDesk(
            options,
            store=store,
            clock=clock,
            counters=self.counters,
            on_stored=on_stored,
            on_tunnelled=on_tunnelled,
            knows=knows,
        )
        self._public_site = Site(desk.routes(routes), hosts, options, self.counters, on_tunnelled)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._stop_deadline_s = 0.0

    def start(self) -> None:
        """Bind both ports and return once they accept. Raises PortTaken or CannotListen; then nothing runs."""
        if self._thread is not None:
            raise RuntimeError("the listener has been started already")
        public = listening_socket(self._options.host, self._options.port)
        try:
            local = listening_socket(LOCAL_HOST, self._options.local_port)
        except CannotListen:
            public.close()
            raise
        self.public_port, self.local_port = port_of(public), port_of(local)
        self._stop = asyncio.Event()
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(public, local, ready), name="listener", daemon=True)
        self._thread.start()
        try:
            ready.result()
        except Exception:
            self._thread.join()
            self._thread = None
            self.public_port = self.local_port = 0
            raise

    def stop(self, deadline_s: float = 5.0) -> None:
        """Stop accepting, let requests at work finish within the deadline, cut the rest; return when all is gone."""
        thread, loop = self._thread, self._loop
        if thread is None or loop is None:
            return
        self._stop_deadline_s = deadline_s
        try:
            loop.call_soon_threadsafe(self._stop.set)
        except RuntimeError:
            logger.debug("the listener's loop had ended already")
        thread.join()
        self._thread = self._loop = None
        self.public_port = self.local_port = 0

    @property
    def running(self) -> bool:
        """Whether the listener's thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self, public: socket.socket, local: socket.socket, ready: Future[None]) -> None:
        quieten()
        try:
            asyncio.run(self._serve(public, local, ready))
        except BaseException as error:
            if ready.done():
                logger.exception("the listener ended")
            else:
                ready.set_exception(error)
        finally:
            public.close()
            local.close()

    async def _serve(self, public: socket.socket, local: socket.socket, ready: Future[None]) -> None:
        loop = self._loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_failure)
        pages = ThreadPoolExecutor(PAGE_WORKERS, thread_name_prefix="listener-local")
        deeds = ThreadPoolExecutor(DEED_WORKERS, thread_name_prefix="listener-control")
        desk = LocalDesk(self._local, self._options, self.counters, pages, deeds)
        local_site = Site(desk.routes(), HostRule(), self._options, self.counters)
        gates = (
            Gate("public", self._public_site, self._options.connections, self._options, self.counters),
            Gate("local", local_site, self._options.local_connections, self._options, self.counters),
        )
        await gates[0].open(public)
        await gates[1].open(local)
        ready.set_result(None)
        await self._stop.wait()
        await asyncio.gather(*(gate.close(self._stop_deadline_s) for gate in gates))
        # A local page may hang for ever, and it may be the one that asked for this stop: it is not waited for.
        for workers in (pages, deeds):
            workers.shutdown(wait=False, cancel_futures=True)


class Gate:
    """One port: its server and its connections."""

    def __init__(self, name: str, site: Site, most: int, options: ListenerOptions, counters: Counters) -> None:
        self._options = options
        self._counters = counters
        self._census = Census(name, most, counters)
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._config = Config(
            site,
            interface="asgi3",
            http=ListenerProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            workers=1,
            timeout_keep_alive=options.idle_s,
            h11_max_incomplete_event_size=options.head_bytes,
        )
        self._config.load()

    async def open(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket."""
        self._server = await asyncio.get_running_loop().create_server(self._connection, sock=sock, backlog=BACKLOG)

    def _connection(self) -> ListenerProtocol:
        return ListenerProtocol(
            self._config, self._state, options=self._options, census=self._census, counters=self._counters
        )

    async def close(self, deadline_s: float) -> None:
        """Stop accepting, wait for the requests at work, then cut what is left."""
        if self._server is not None:
            self._server.close()
        for connection in self._open():
            connection.shutdown()
        tasks = set(self._state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s)
        for connection in self._open():
            connection.evict()
        # Lost connections are told so in the loop's next round; only then may their tasks be ended.
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    def _open(self) -> list[ListenerProtocol]:
        return [connection for connection in self._state.connections if isinstance(connection, ListenerProtocol)]


def quieten() -> None:
    """Keep uvicorn's and our own warnings off stderr when logging is not set up: the screen may be drawn on it."""
    for name in ("uvicorn", "booking_tui"):
        named = logging.getLogger(name)
        if not named.handlers:
            named.addHandler(logging.NullHandler())
    # A warning for every broken request would let a stranger fill the log; they are counted instead.
    logging.getLogger("booking_tui.listener.http").setLevel(logging.ERROR)


def _log_failure(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    error = context.get("exception")
    logger.error(
        "in the listener's loop: %s",
        context.get("message"),
        exc_info=error if isinstance(error, BaseException) else None,
    )


__all__ = ["Listener", "ListenerOptions", "LocalPages", "PortTaken", "WebhookRoute"]
