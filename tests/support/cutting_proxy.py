"""A TCP proxy that breaks connections after so many bytes, as networks do."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

CHUNK_BYTES = 1 << 16


class CuttingProxy:
    """Passes on to ``port``, which may change. Once ``passed`` reaches the next of ``cuts``, both ends are reset."""

    def __init__(self, listener: socket.socket, port: int, cuts: list[int]) -> None:
        self.port = port
        self.passed = 0
        self.cuts = cuts
        self._listener = listener
        self._mutex = Lock()
        Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        try:
            called = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            caller.close()
            return
        with caller, called:
            back = Thread(target=self._pass_back, args=(called, caller), daemon=True)
            back.start()
            with suppress(OSError):
                while data := caller.recv(CHUNK_BYTES):
                    called.sendall(data)
                    if self._count(len(data)):
                        break
            for end in (called, caller):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join()

    def _pass_back(self, called: socket.socket, caller: socket.socket) -> None:
        with suppress(OSError):
            while data := called.recv(CHUNK_BYTES):
                caller.sendall(data)
        with suppress(OSError):
            caller.shutdown(socket.SHUT_RDWR)

    def _count(self, size: int) -> bool:
        """Whether the connection is to be cut now."""
        with self._mutex:
            self.passed += size
            if self.cuts and self.passed >= self.cuts[0]:
                self.cuts.pop(0)
                return True
        return False


@contextmanager
def cutting_proxy(port: int, cuts: list[int]) -> Iterator[CuttingProxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield CuttingProxy(listener, port, cuts)
