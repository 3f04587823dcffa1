"""What operators see of workers in a shell."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from trainyard_client.cli import app

WORKER: dict[str, Any] = {
    "id": "wrk_1",
    "name": "host-1",
    "pool": "default",
    "state": "quarantined",
    "state_reason": "Jobs failed here.",
    "online": True,
    "slots": 2,
    "slots_taken": 0,
    "hardware": {"model": "H200"},
    "sandbox": {"kind": "namespaces", "missing": []},
}


@pytest.mark.parametrize(
    ("retest_at", "why"),
    [
        ("2026-05-01T12:10:00+02:00", "Jobs failed here. Tried again at 2026-05-01 10:10 UTC."),
        (None, "Jobs failed here."),
    ],
)
def test_a_quarantined_worker_says_when_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, retest_at: str | None, why: str
) -> None:
    body = {"data": [{**WORKER, "retest_at": retest_at}], "next_cursor": None}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body))
    real: Callable[..., httpx.Client] = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=transport, **options))
    monkeypatch.setenv("TRAINYARD_URL", "http://yard")
    monkeypatch.setenv("TRAINYARD_API_KEY", "key")
    shown = CliRunner().invoke(app, ["workers", "list"])
    assert " ".join(shown.output.splitlines()[1].split()).endswith(f"H200 namespaces {why}")
