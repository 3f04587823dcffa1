"""Finished models without the training: real files in the store, registered through the real operations."""

from collections.abc import Mapping
from typing import Any

from tests.support.jobs import Bench, entry_of, result_of
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs import operations
from trainyard.jobs.lifecycle import attempts
from trainyard.pools.models import Worker
from trainyard.registry.models import Model
from trainyard.registry.operations import complete_job

CONTENTS = {
    "model.safetensors": b"weights " * 1000,
    "config.json": b'{"format": 1}',
    "manifest.json": b'{"files": []}',
    "test_predictions.csv": b"row,truth,prediction\r\n3,a,b\r\n",
}


def finished_model(
    bench: Bench,
    *,
    contents: Mapping[str, bytes] = CONTENTS,
    submitted: bool = False,
    worker: Worker | None = None,
    **spec: Any,
) -> Model:
    """The model of a job that was submitted, here unless it is already, claimed and trained on ``bench``.

    One that was submitted already is claimed by ``worker``, or by that of ``bench``.
    """
    if submitted:
        claimed = bench.claim(worker)
        assert claimed is not None
        run = claimed.start()
    else:
        run = bench.run(**spec)
    bench.pass_time(10)
    with tenant_scope(run.organization_id):
        attempt = attempts.attempt_of(worker=run.worker, attempt_id=run.claim.attempt_id)
        for name, content in contents.items():
            operations.receive_model_file(attempt=attempt, fence=run.claim.fence, name=name, chunks=[content])
        files = tuple(entry_of(name, content) for name, content in contents.items())
        return complete_job(
            attempt_id=run.claim.attempt_id, fence=run.claim.fence, result=result_of(files), now=bench.now
        )
