"""The gunicorn worker of the services: threads that wait together for whichever connection has a request.

In gunicorn's own worker with threads one thread waits for all connections. It hands each request to a second thread, is
woken up when that has answered, and goes on waiting: four switches of threads for an answer that takes a third of a
millisecond. Here the kernel wakes up the thread that will answer. docs/decisions/38 has the measurements.
"""

import select
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread, get_ident
from typing import Any

from gunicorn.workers import gthread

from shared import tls
from shared.web.connections import Connection, SecureConnection
from shared.web.gunicorn_speed import fix_settings
from shared.web.plain_requests import GONE, answer, common_environ, environ_of
from shared.web.shares import Shares

_PROBES = (b"GET /health/", b"GET /metrics")
# All threads at the same request for so long: then nobody is waiting for the next one.
_STUCK_SECONDS = 0.25
_USUAL_SECONDS = 1.0


class ServingThreads(gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Each thread waits for a connection with a request, answers it, and gives the connection back.

    The first thread (gunicorn's) accepts connections, closes idle ones, and answers probes while all others wait for a
    database that does not answer. Threads are begun when they are needed. Where several processes share a port,
    `shares` knows how many connections each has, and `place` is this one's.
    """

    shares: Shares | None = None
    place = 0
    # So long a connection is left to a process that has fewer; then that one is busy, or gone.
    others_first_seconds = 0.01

    def init_process(self) -> None:
        fix_settings(self.cfg)
        # Read in each process as it begins: those that replace others have a certificate that was renewed.
        self._tls = tls.server_context(self.cfg.certfile, self.cfg.keyfile) if self.cfg.is_ssl else None
        self._ready = select.epoll()
        # Those that nobody serves just now, by file number: whoever takes one out of here has it alone.
        self._waiting: dict[int, Connection] = {}
        self._connections: set[Connection] = set()
        self._threads: list[Thread] = []
        self._beginning = Lock()
        # Since when each thread has been at its request.
        self._busy: dict[int, float] = {}
        self._is_crowded = False
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(2, thread_name_prefix="probes")

    def accept(self, listener: Any) -> None:
        if self.shares and self.shares.is_above_another(self.place):
            # Whoever is woken up first would have nearly all of them, and wait for its interpreter while others idle.
            time.sleep(self.others_first_seconds)
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            # Another process of this service was quicker, or the client has gone.
            return
        try:
            connection = self._make_connection(client, address, listener.getsockname())
        except OSError:
            client.close()
            return
        connection.common = common_environ(self.cfg, address, connection.server)
        self._connections.add(connection)
        connection.idle_until = time.monotonic() + self.cfg.keepalive
        self._waiting[connection.sock.fileno()] = connection
        self._ready.register(connection.sock, connection.awaited | select.EPOLLONESHOT)
        self._note_share()

    def _make_connection(self, client: Any, address: Any, server: Any) -> Connection:
        if self._tls:
            return SecureConnection(self.cfg, client, address, server, self._tls, self._note_refusal)
        connection = Connection(self.cfg, client, address, server)
        client.setblocking(True)
        return connection

    def _note_refusal(self, reason: str) -> None:
        self.log.warning("Refused a connection from %s", reason)

    def _note_share(self) -> None:
        if self.shares and self.alive:
            self.shares.note(self.place, len(self._connections))

    def run(self) -> None:
        self.poller.register(self.method_queue.fileno(), select.EPOLLIN, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        self._begin_thread()
        while self.alive and self.is_parent_alive():
            self.notify()
            self._note_share()
            self.set_accept_enabled(len(self._connections) < self.worker_connections)
            if self._are_stuck():
                self._answer_probes()
            self._is_crowded = self._all_are_busy()
            self.wait_for_and_dispatch_events(_STUCK_SECONDS if self._is_crowded else _USUAL_SECONDS)
            self._close_idle(time.monotonic())
        self._stop()

    def _stop(self) -> None:
        """Go on answering what is under way or may be on its way, but nothing else, as gunicorn does."""
        self.set_accept_enabled(False)
        if self.shares:
            self.shares.leave(self.place)
        now = time.monotonic()
        last_call, deadline = now + gthread.STOP_KEEPALIVE_LINGER, now + self.cfg.graceful_timeout
        while self._connections and now < deadline:
            self.notify()
            self.wait_for_and_dispatch_events(min(_USUAL_SECONDS, max(0, last_call - now) or _USUAL_SECONDS))
            now = time.monotonic()
            if now >= last_call:
                self._close_idle(float("inf"))
        for listener in self.sockets:
            listener.close()

    def _begin_thread(self) -> None:
        with self._beginning:
            if len(self._threads) < self.cfg.threads and len(self._busy) >= len(self._threads):
                self._threads.append(Thread(target=self._serve, name="requests", daemon=True))
                self._threads[-1].start()

    def _serve(self) -> None:
        me = get_ident()
        while True:
            for number, _ in self._ready.poll(maxevents=1):
                connection = self._waiting.pop(number, None)
                if connection is None:
                    continue
                self._busy[me] = time.monotonic()
                if len(self._busy) >= len(self._threads):
                    self._make_room()
                try:
                    self._answer(connection)
                finally:
                    del self._busy[me]

    def _answer(self, connection: Connection) -> None:
        try:
            if not connection.is_ready():
                self._wait_for(connection)
                return
            is_kept = self.handle(connection)
        except Exception:
            self.log.exception("Exception in a serving thread")
            is_kept = False
        self._give_back(connection, is_kept)

    def _make_room(self) -> None:
        """No thread is left to wait: begin another one, or else have the first one look whether they are stuck."""
        if len(self._threads) < self.cfg.threads:
            self._begin_thread()
        elif not self._is_crowded:
            self._is_crowded = True
            self.method_queue.defer(_look_again)

    def handle(self, connection: Connection) -> bool:
        """Answer one request; returns whether the connection may bring another one."""
        if not connection.has_read_on:
            try:
                data = connection.read()
            except OSError:
                return False
            if not data:
                return False
            environ = environ_of(data, connection.common)
            if environ is not None:
                return self._answer_plain(connection, environ)
            connection.init()
            connection.parser.unreader.unread(data)
        return bool(super().handle(connection))

    def _answer_plain(self, connection: Connection, environ: dict[str, Any]) -> bool:
        try:
            return answer(self, environ, connection.sock, connection.client)
        except OSError as error:
            if error.errno not in GONE:
                self.log.exception("Socket error processing request.")
            return False

    def _give_back(self, connection: Connection, is_kept: bool) -> None:
        if not is_kept:
            self._close(connection)
            return
        connection.idle_until = time.monotonic() + self.cfg.keepalive
        self._wait_for(connection)

    def _wait_for(self, connection: Connection) -> None:
        number, awaited = connection.sock.fileno(), connection.awaited
        self._waiting[number] = connection
        with suppress(OSError):  # closed at once where the server stops
            self._ready.modify(number, awaited | select.EPOLLONESHOT)

    def _close(self, connection: Connection, graceful: bool = True) -> None:
        self._connections.discard(connection)
        self._note_share()
        if not self.alive:
            self.method_queue.defer(_look_again)
        with suppress(OSError, ValueError):
            self._ready.unregister(connection.sock)
        connection.close(graceful=graceful)

    def _close_idle(self, now: float) -> None:
        """Close what has waited too long, but nothing that brings a request for which no thread was free."""
        # A copy, for other threads take connections out meanwhile.
        for number, connection in self._waiting.copy().items():
            if connection.idle_until > now or connection.look():
                continue
            if self._waiting.pop(number, None) is connection:
                self._close(connection, graceful=False)

    def _all_are_busy(self) -> bool:
        return len(self._busy) >= int(self.cfg.threads)

    def _are_stuck(self) -> bool:
        begun = list(self._busy.values())
        return self._all_are_busy() and max(begun, default=0.0) < time.monotonic() - _STUCK_SECONDS

    def _answer_probes(self) -> None:
        """While no thread waits for requests, be the one who does, and answer those that are probes."""
        held = []
        while self.alive and self._are_stuck():
            self.notify()
            for number, _ in self._ready.poll(_STUCK_SECONDS):
                connection = self._waiting.pop(number, None)
                if connection is None:
                    continue
                if not connection.is_ready():
                    self._wait_for(connection)
                elif connection.look().startswith(_PROBES):
                    self.tpool.submit(self._answer, connection)
                else:
                    held.append(connection)
            self.wait_for_and_dispatch_events(0)
        for connection in held:
            self._wait_for(connection)


def _look_again() -> None:
    """Does nothing: that it is called is what wakes up the first thread."""
