"""What a model did not know of its inputs, in a shell: beside the answers, not among them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

SDK = Path(__file__).parents[3] / "sdk"
ANSWERS: list[dict[str, Any]] = [
    {"value": 1.0, "warnings": []},
    {"value": 2.0, "warnings": [{"code": "unknown_category", "message": "Never met [red]x[/red].", "column": "k"}]},
    {"value": 3.0},
]


class Service(BaseHTTPRequestHandler):
    """Answers every prediction with ``ANSWERS``."""

    def do_POST(self) -> None:
        content = json.dumps({"predictions": ANSWERS}).encode()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_warnings_go_to_standard_error_and_answers_to_standard_output(tmp_path: Path, address: str) -> None:
    """What an input holds is no markup for the terminal."""
    inputs = tmp_path / "inputs.json"
    inputs.write_text(json.dumps({"inputs": [{}, {"k": "[red]x[/red]"}, {}]}))
    environment = {**os.environ, "PYTHONPATH": str(SDK), "TRAINYARD_URL": address, "TRAINYARD_API_KEY": "key"}
    ended = subprocess.run(
        [sys.executable, "-m", "trainyard_client", "models", "predict", "mdl_1", str(inputs)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ended.stdout) == ANSWERS
    assert ended.stderr.splitlines() == ["Input 1: Never met [red]x[/red]."]
