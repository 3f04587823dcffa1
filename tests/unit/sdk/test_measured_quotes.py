"""A quote after measuring: asked for once, then looked at until it is there, has failed, or takes too long."""

import json
from typing import Any

import httpx
import pytest

from tests.support.scripted_service import run_command, scripted

SPEC = {"name": "irises", "dataset": "dsv_1"}


def quote(state: str | None, source: str = "cost_model", **profile: Any) -> httpx.Response:
    told = {"state": state, "requested_at": "2026-01-01T00:00:00Z", "finished_at": None, "error": None, **profile}
    estimate = {
        "source": source,
        "basis": "By what it knows.",
        "seconds_low": 1.0,
        "seconds_high": 2.0,
        "cost_low": "0.1",
        "cost_high": "0.2",
    }
    return httpx.Response(
        200,
        json={
            "speed_profile": told if state else None,
            "estimate": estimate,
            "cap": "5.00",
            "currency": "EUR",
            "limited_by": "max_cost",
            "per_slot_second": "0.1",
            "slots": 1,
            "pool": "default",
            "available": "9.00",
            "affordable": True,
            "stops_early": False,
            "training": {"epochs": 5, "examples": 100},
        },
    )


def test_it_is_looked_at_until_it_is_measured() -> None:
    service = scripted(quote("queued"), quote("running"), quote("measured", "measured_profile"))
    seen = []
    answer = service.client().jobs.measure(SPEC, on_change=lambda each: seen.append(each.speed_profile.state))
    assert answer.estimate.source == "measured_profile"
    assert seen == ["queued", "running", "measured"]
    assert [request.url.path for request in service.asked] == [
        "/api/v1/jobs/quote/measure",
        "/api/v1/jobs/quote",
        "/api/v1/jobs/quote",
    ]


def test_where_jobs_have_measured_it_nothing_is_waited_for() -> None:
    service = scripted(quote(None, "measured"))
    assert service.client().jobs.measure(SPEC).estimate.source == "measured"
    assert service.pauses == []


def test_what_no_slot_gets_free_for_is_quoted_as_it_stands() -> None:
    service = scripted(*[quote("queued")] * 5)
    assert service.client().jobs.measure(SPEC, timeout_seconds=1.0).estimate.source == "cost_model"
    assert sum(service.pauses) == 1.0


def test_the_command_says_how_far_it_is_and_by_what_it_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = {"code": "out_of_memory", "message": "It does not fit.", "hint": ""}
    service = scripted(quote("queued"), quote("running"), quote("failed", error=error))
    options = ["--dataset", "dsv_1", "--task", "tabular_regression", "-a", "mlp"]
    assert run_command(service, monkeypatch, "quote", *options, "--measure") == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "Waiting for a free slot of the pool.",
        "Measuring the speed.",
        "The speed could not be measured. It does not fit.",
    ]
    assert json.loads(captured.out)["estimate"]["source"] == "cost_model"
