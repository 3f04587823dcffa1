"""What a finished model is worth, in words: after a job in a shell, and after the demo."""

import json
from typing import Any

import pytest
from rich.console import Console

import demo.__main__ as demo
from tests.support.answering import answering, run_trainyard
from tests.support.verdicts import VERDICT
from trainyard_client import Client
from trainyard_client.types import Job

SIGN = "It takes every test row for '[red]cat[/red]': it has not learnt to tell the classes apart."


def job_of(verdict: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    return {
        "id": "job_1",
        "name": "digits",
        "state": "succeeded",
        "reason": "finished",
        "architecture": "cnn",
        "task": "image_classification",
        "created_at": "2026-01-31T12:00:00Z",
        "progress": {"epoch": 1, "step": 10, "total_steps": 10, "percent": 100.0, "eta_seconds": 0},
        "metrics": {"latest": {}},
        "test_metrics": {"accuracy": 0.9},
        "verdict": verdict,
        "model_id": "mdl_1",
        "cost": {"billed": "0.000500", "held": "0.000000", "cap": "1.000000", "currency": "USD"},
        **changes,
    }


def told(**changes: Any) -> dict[str, Any]:
    return VERDICT.model_dump(mode="json") | changes


def unwrapped(text: str) -> str:
    """Of a terminal that broke its lines."""
    return " ".join(text.split())


@pytest.mark.parametrize("command", ["show", "watch"])
def test_a_shell_is_told_the_sentence_and_the_signs_beside_the_json(command: str) -> None:
    """What data hold is no markup for the terminal."""
    job = job_of(told(signs=[{"code": "one_class", "message": SIGN}]))
    with answering({"/api/v1/jobs/job_1": job}) as address:
        ended = run_trainyard(address, "jobs", command, "job_1")
    assert ended.returncode == 0
    answer = json.loads(ended.stdout)
    assert answer["id"] == "job_1"
    if command == "show":
        assert answer["verdict"] == job["verdict"]
    assert unwrapped(ended.stderr).endswith(f"{VERDICT.sentence} {SIGN}")


def test_a_job_without_a_verdict_says_nothing_of_it() -> None:
    with answering({"/api/v1/jobs/job_1": job_of(None)}) as address:
        ended = run_trainyard(address, "jobs", "show", "job_1")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_demo_ends_with_what_its_models_are_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(record=True, width=200)
    monkeypatch.setattr(demo, "console", console)
    jobs = [
        Job.model_validate(job_of(told(sentence="[red]Better[/red] than a guess."))),
        Job.model_validate(
            job_of(
                None, id="job_2", name="masses", state="failed", error={"code": "x", "message": "It broke.", "hint": ""}
            )
        ),
    ]
    bodies = {f"/api/v1/jobs/{job.id}/usage": {"data": []} for job in jobs}
    wallet = {"available": "9.5", "held": "0", "currency": "USD"}
    with answering({**bodies, "/api/v1/wallet": wallet}) as address, Client(base_url=address, api_key="key") as client:
        demo._print_results(client, jobs)
    lines = [line.strip() for line in console.export_text().splitlines()]
    assert lines[-2:] == ["digits: [red]Better[/red] than a guess.", "Left in the wallet: 9.5 USD"]
    assert "masses: It broke." in lines
