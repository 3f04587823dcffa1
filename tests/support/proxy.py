"""A wire between two processes that a test may cut: a TCP or Unix-socket proxy."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread

CHUNK_BYTES = 1 << 16


class Wire:
    """Passes bytes on both ways. Cut, it loses nothing and closes nothing: both ends wait, as on a dead network."""

    def __init__(self, listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
        self._listener = listener
        self._connect = connect
        self._whole = Event()
        self._whole.set()
        self._mutex = Lock()
        self._is_over = False
        self._ends: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        """New connections work again; those that were cut are gone, as their packets are."""
        with self._mutex:
            ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._whole.set()

    def end(self) -> None:
        """Mends it for the last time: whoever is connected from here on is not served, and nothing stays open."""
        with self._mutex:
            self._is_over = True
        self.mend()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        self._whole.wait()
        try:
            called = self._connect()
        except OSError:
            caller.close()
            return
        with self._mutex:
            is_over = self._is_over
            self._ends += [] if is_over else [caller, called]
        if is_over:
            caller.close()
            called.close()
            return
        Thread(target=self._pass_on, args=(called, caller), daemon=True).start()
        self._pass_on(caller, called)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                self._whole.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def tcp_wire(port: int, *, host: str = "127.0.0.1") -> Iterator[tuple[Wire, int]]:
    """A wire to ``port`` of loopback, and the port of ``host`` on which it is called."""
    with socket.create_server((host, 0)) as listener:
        wire = Wire(listener, lambda: socket.create_connection(("127.0.0.1", port)))
        yield wire, listener.getsockname()[1]
        wire.end()


@contextmanager
def unix_wire(path: Path, *, called_at: Path) -> Iterator[Wire]:
    """A wire to the Unix socket ``path``."""

    def connect() -> socket.socket:
        end = socket.socket(socket.AF_UNIX)
        try:
            end.connect(str(path))
        except OSError:
            end.close()
            raise
        return end

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(called_at))
        listener.listen()
        wire = Wire(listener, connect)
        yield wire
        wire.end()
