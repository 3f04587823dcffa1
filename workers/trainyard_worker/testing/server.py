"""The HTTP server in front of ``ControlPlaneDouble``, on a free port of loopback."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from pydantic import BaseModel

from trainyard_worker.testing.control_plane import ControlPlaneDouble
from trainyard_worker.testing.records import ProtocolProblem

API_PATH = "/api/worker/v1"

ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("POST", r"/heartbeat", ControlPlaneDouble.heartbeat),
    ("POST", r"/claim", ControlPlaneDouble.claim),
    ("GET", r"/attempts/([^/]+)/dataset/([^/]+)", ControlPlaneDouble.fetch),
    ("GET", r"/attempts/([^/]+)/checkpoints/(\d+)/files/([^/]+)", ControlPlaneDouble.fetch_checkpoint),
    ("POST", r"/attempts/([^/]+)/reports", ControlPlaneDouble.reports),
    ("PUT", r"/attempts/([^/]+)/checkpoints/(\d+)/files/([^/?]+)\?fence=(\d+)", ControlPlaneDouble.upload_checkpoint),
    ("POST", r"/attempts/([^/]+)/checkpoints", ControlPlaneDouble.register_checkpoint),
    ("PUT", r"/attempts/([^/]+)/model/([^/?]+)\?fence=(\d+)", ControlPlaneDouble.upload_model),
    ("POST", r"/attempts/([^/]+)/finish", ControlPlaneDouble.finish),
    ("POST", r"/profiles/claim", ControlPlaneDouble.claim_profile),
    ("GET", r"/profiles/([^/]+)/dataset/([^/]+)", ControlPlaneDouble.fetch_profiled),
    ("POST", r"/profiles/([^/]+)/finish", ControlPlaneDouble.finish_profile),
    ("POST", r"/predictions/claim", ControlPlaneDouble.claim_prediction),
    ("GET", r"/predictions/([^/]+)/model/([^/]+)", ControlPlaneDouble.fetch_model),
    ("POST", r"/predictions/([^/]+)/finish", ControlPlaneDouble.finish_prediction),
]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    double: ControlPlaneDouble

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError("the caller died half-way through its request")
        path = self.path.removeprefix(API_PATH)
        with self.double.changed:
            self.double.calls.append((self.command, path))
            try:
                status, answer = self._answer(path, body)
            except ProtocolProblem as problem:
                status, answer = problem.status, json.dumps({"status": problem.status, "code": problem.code}).encode()
            lost = self.double.drops_response(self.command, path, body)
            self.double.changed.notify_all()
        if lost:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the base class looks for these names

    def _answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if re.fullmatch(self.double.unavailable, path):
            raise ProtocolProblem(503, "unavailable")
        if re.fullmatch(self.double.full, path):
            raise ProtocolProblem(507, "storage_full")
        if path == "/register":
            return 200, self.double.register(body, token).model_dump_json().encode()
        if token not in self.double.tokens:
            raise ProtocolProblem(401, "unauthorized")
        self.double.caller = token
        for method, pattern, call in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                answer = call(self.double, body, *match.groups())
                content = answer.model_dump_json().encode() if isinstance(answer, BaseModel) else answer
                return (204, b"") if content is None else (200, content)
        raise ProtocolProblem(404, "not_found")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, double: ControlPlaneDouble) -> None:
        super().__init__(("127.0.0.1", 0), type("Handler", (_Handler,), {"double": double}))
        self.double = double

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed half-way through a call is no news; everything else fails the test."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.double.violations.append(repr(error))


@contextmanager
def running_control_plane() -> Iterator[ControlPlaneDouble]:
    double = ControlPlaneDouble()
    server = _Server(double)
    double.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
