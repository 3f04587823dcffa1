"""A service that says what a test wants to hear, for what talks to one: the client, its command and the demo."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

SDK = Path(__file__).parents[2] / "sdk"


@contextmanager
def answering(bodies: Mapping[str, Any]) -> Iterator[str]:
    """The address of a service that answers each path of ``bodies`` with its JSON, and all others with 404."""

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.get(self.path.split("?")[0])
            content = json.dumps(body).encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Keeps the test's output clean."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run_trainyard(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command ``trainyard`` does with ``arguments`` at ``address``, to its end."""
    environment = {**os.environ, "PYTHONPATH": str(SDK), "TRAINYARD_URL": address, "TRAINYARD_API_KEY": "key"}
    command = [sys.executable, "-m", "trainyard_client", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
