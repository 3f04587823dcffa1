"""A real HTTP server on loopback, answered by a function: what stands in for somebody else's service is made of it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request; ``target`` is its path with the query, names of ``headers`` are in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answered = tuple[int, Mapping[str, str], bytes]
"""Status, headers, and content; the length is told unless the headers tell another."""


def as_json(status: int, body: Any) -> Answered:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def served(answer: Callable[[Asked], Answered]) -> Iterator[str]:
    """Its address while it runs; each request is answered by a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the names that http.server calls
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            status, told, content = answer(Asked(self.command, self.path, headers, body))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **told}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  likewise

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
