"""An invoice that stays unpaid, on a real platform whose calendar is moved: jobs stop, and go on once it is paid."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.clocked_platform import CLOCKED, calls, move_calendar, told
from tests.support.embedded import Embedded
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.waiting import wait_for
from trainyard_client import Client
from trainyard_client.errors import InsufficientFunds
from trainyard_client.types import Job

pytestmark = [CLOCKED, pytest.mark.timeout(900)]
ENDLESS = {"epochs": 50_000, "batch_size": 8, "checkpoint": {"every_steps": 500}}
"""A training that is over long after everything else, however fast the machine is."""
EPOCHS_AFTER = 3
LIMITS = {"max_cost": "20.00", "auto_resume": True}
OWED = 0.02


@pytest.fixture(scope="module")
def platform(clocked_platform: Embedded) -> Embedded:
    return clocked_platform


@pytest.fixture(scope="module")
def operator(platform: Embedded) -> Iterator[httpx.Client]:
    with calls(platform, platform.facts["admin_api_key"]) as operator:
        yield operator


@pytest.fixture(scope="module")
def key(operator: httpx.Client) -> str:
    """That of a customer without credit, whom an operator trusts with 90.00."""
    made = told(operator.post("/admin/organizations", json={"name": "Late Labs", "owner_email": "late@example.com"}))
    told(operator.post(f"/admin/organizations/{made['id']}/credit-limit", json={"credit_limit": "90.00"}))
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    pool = told(operator.get("/admin/pools"))["data"][0]["id"]
    price = {"per_slot_second": "0.01", "effective_from": soon}
    told(operator.post(f"/admin/pools/{pool}/prices", json=price))
    secret: str = made["api_key"]["secret"]
    return secret


def test_jobs_stop_when_an_invoice_stays_unpaid_and_go_on_to_the_same_bits_once_it_is_paid(
    platform: Embedded, operator: httpx.Client, key: str, tmp_path: Path
) -> None:
    with Client(base_url=platform.facts["base_url"], api_key=key) as customer, calls(platform, key) as billing:
        spec = table_spec(upload_table(customer, tmp_path), **ENDLESS) | {"limits": LIMITS}
        first = customer.jobs.submit(spec)
        wait_for(lambda: float(customer.jobs.get(first.id).cost.billed) >= OWED)
        customer.jobs.cancel(first.id)
        move_calendar(operator, moment(told(billing.get("/invoices"))["data"][0]["period"]["end"], hours=12))
        invoice = wait_for(lambda: due(billing))

        job = customer.jobs.submit(spec)
        wait_for(lambda: losses(customer, job))
        move_calendar(operator, moment(invoice["due_at"], days=10, hours=1))
        stopped = wait_for(lambda: in_state(customer, job.id, "paused"))
        assert (stopped.reason, stopped.checkpoints_count > 0) == ("payment_overdue", True)
        assert told(billing.get("/overdue"))["overdue"]["stage"] == "jobs_stopped"
        with pytest.raises(InsufficientFunds) as refusal:
            customer.jobs.submit(spec)
        assert refusal.value.code == "payment_overdue"

        before = len(losses(customer, job))
        payment = {"amount": invoice["due"], "reference": "transfer-1"}
        told(operator.post(f"/admin/invoices/{invoice['id']}/pay", json=payment))
        wait_for(lambda: len(losses(customer, job)) >= before + EPOCHS_AFTER)
        customer.jobs.cancel(job.id)
        assert len(customer.jobs.attempts(job.id)) == 2

        disturbed, undisturbed = losses(customer, job), customer.jobs.submit(spec)
        wait_for(lambda: losses(customer, undisturbed).keys() >= disturbed.keys())
        same = losses(customer, undisturbed)
        assert {step: same[step] for step in disturbed} == disturbed
        customer.jobs.cancel(undisturbed.id)


def moment(at: str, **later: float) -> datetime:
    return datetime.fromisoformat(at) + timedelta(**later)


def due(billing: httpx.Client) -> dict[str, Any] | None:
    """The invoice that is to be paid."""
    return next((each for each in told(billing.get("/invoices"))["data"] if each["state"] == "finalized"), None)


def in_state(customer: Client, job_id: str, state: str) -> Job | None:
    job = customer.jobs.get(job_id)
    return job if job.state == state else None


def losses(customer: Client, job: Job) -> dict[int, float | None]:
    """Validation loss by step, an epoch each: equal to the bit only where the weights are."""
    found = customer.jobs.metrics(job.id, names=["val_loss"], max_points=10_000).data
    return {step: value for series in found for step, value in zip(series.steps, series.values_, strict=True)}
