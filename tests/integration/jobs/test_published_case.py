"""The published worked case, through a job's life: three hours trained, a checkpoint at two, then a platform fault."""

import json

from tests.support.invoices import close
from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting.billing_breakdown import breakdown_of
from trainyard.jobs.accounting.settlement import digest_of
from trainyard.jobs.models import Checkpoint
from trainyard_spec.files import FileEntry

HOUR = 3_600


def test_two_hours_of_three_are_billed_and_lead_to_the_checkpoint(bench: Bench, owner: Caller) -> None:
    run = bench.run(limits={"max_runtime_seconds": 5 * HOUR})
    run.train(2 * HOUR, step=10)
    run.checkpoint(10)
    run.train(HOUR, step=15)
    run.fail("infrastructure")
    assert bench.billed_micros(run.job) == 2 * HOUR * 100
    with tenant_scope(bench.organization.id):
        rows = breakdown_of(job_id=run.job.id).rows
        kept = Checkpoint.objects.get()
    assert [(row.microseconds // 10**6, row.free_reason) for row in rows] == [(2 * HOUR, None), (HOUR, "not_kept")]
    bench.pass_time(40 * 86_400)
    [invoice] = close(bench.organization.id, bench.now)
    journal = owner.get(f"/invoices/{invoice.id}/journal").getvalue().decode().splitlines()
    [usage] = [entry for entry in map(json.loads, journal) if entry["kind"] == "usage"]
    files = [FileEntry.model_validate(file) for file in kept.files]
    assert usage["body"]["billed_by"] == kept.id
    assert usage["body"]["held_sha256"] == digest_of(files)
    [line] = owner.get(f"/invoices/{invoice.id}").json()["lines"]
    assert (line["quantity"], line["charged"]) == ("7200", "0.720000")
