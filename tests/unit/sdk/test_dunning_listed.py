"""What operators see of overdue invoices in a shell."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from trainyard_client.cli import app

CASE: dict[str, Any] = {
    "invoice_id": "inv_1",
    "number": "YARD-000001",
    "organization": {"id": "org_1", "name": "Late Labs"},
    "due": "3.000000",
    "paid": "0.000000",
    "currency": "USD",
    "due_since": "2026-04-15T00:00:00Z",
    "stage": "retrying",
    "next_step": {"action": "no_new_jobs", "at": "2026-04-23T02:00:00+02:00"},
    "charge_pending_since": None,
    "last_failure": {"message": "Your card was declined.", "at": "2026-04-22T00:00:00Z"},
}


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({}, "retrying no new jobs 2026-04-23 00:00 UTC Your card was declined."),
        ({"charge_pending_since": "2026-04-22T00:00:00Z", "last_failure": None}, "retrying a charge is pending"),
        ({"stage": "jobs_stopped", "next_step": None, "last_failure": None}, "jobs_stopped"),
    ],
)
def test_an_overdue_invoice_is_listed_with_what_comes_next(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], end: str
) -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append({"path": request.url.path, **request.url.params})
        return httpx.Response(200, json={"data": [CASE | changed], "next_cursor": None, "totals": []})

    transport = httpx.MockTransport(answer)
    real: Callable[..., httpx.Client] = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=transport, **options))
    monkeypatch.setenv("TRAINYARD_URL", "http://yard")
    monkeypatch.setenv("TRAINYARD_API_KEY", "key")
    shown = CliRunner().invoke(app, ["organizations", "dunning", "--stage", "retrying"])
    assert [each["path"] for each in asked] == ["/api/v1/admin/dunning"]
    assert asked[0]["stage"] == "retrying"
    row = " ".join(shown.output.splitlines()[1].split())
    assert row == f"inv_1 YARD-000001 Late Labs 3.000000 USD 2026-04-15 00:00 UTC {end}"
