"""A bill of any length, page by page, in a shell."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from trainyard_client.cli import app

LINE: dict[str, Any] = {
    "slots": 1,
    "started_at": "2026-05-01T10:00:00Z",
    "ended_at": "2026-05-01T10:00:04Z",
    "seconds": 4.0,
    "unit_price": "0.000100000",
    "amount": "0.000400",
    "billed": True,
    "free_reason": None,
    "checkpoint": "ckpt_1",
}
FREE = {"unit_price": "0.000000000", "amount": "0.000000", "billed": False, "free_reason": "not_kept"}
PAGES: dict[str | None, dict[str, Any]] = {
    None: {"data": [{"attempt": 1, **LINE}], "next_cursor": "more"},
    "more": {"data": [{"attempt": 2, **LINE, **FREE, "checkpoint": None}], "next_cursor": None},
}


def test_every_page_of_a_bill_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/jobs/job_1/usage"
        return httpx.Response(200, content=json.dumps(PAGES[request.url.params.get("cursor")]))

    real: Callable[..., httpx.Client] = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer), **options))
    monkeypatch.setenv("TRAINYARD_URL", "http://yard")
    monkeypatch.setenv("TRAINYARD_API_KEY", "key")
    monkeypatch.setenv("COLUMNS", "200")
    shown = CliRunner().invoke(app, ["jobs", "usage", "job_1"])
    assert shown.exit_code == 0, shown.output
    _, first, second = shown.output.splitlines()
    assert first.split() == ["1", "2026-05-01", "10:00:00", "1", "4.000000", "0.000100000", "0.000400", "ckpt_1"]
    assert second.split()[0] == "2"
    assert "free (not_kept)" in second
