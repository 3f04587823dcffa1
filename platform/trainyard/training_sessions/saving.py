"""Saving: weights that operations ask for by a name, and the states from which runs are resumed."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from trainyard.core.blobs import blob_store
from trainyard.core.tenancy import tenant_scope
from trainyard.training_sessions import arrays
from trainyard.training_sessions.errors import NameTaken, invalid
from trainyard.training_sessions.models import Operation, SamplingSession, SavedWeights, TrainingRun
from trainyard.training_sessions.queries import saved_weights
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import OperationFinish, OperationKind

SAVES: dict[str, SavedWeights.Kind] = {
    OperationKind.SAVE: SavedWeights.Kind.TRAINING,
    OperationKind.SAVE_FOR_SAMPLER: SavedWeights.Kind.SAMPLER,
}
UNNAMED_KEPT = timedelta(days=7)
"""What was saved without a name, to sample from it at once, expires by itself."""


def refused(row: Operation, *, now: datetime) -> Failed | None:
    """Why the locked run may not save under the name: it keeps weights by it, and was not asked to replace them."""
    name = row.request.get("name")
    if row.kind != OperationKind.SAVE or name is None or row.request.get("overwrite"):
        return None
    if not saved_weights(now=now).filter(run_id=row.run_id, kind=SAVES[row.kind], name=name).exists():
        return None
    return Failed(
        fault=Fault.USER,
        code=NameTaken.code,
        message=f"The run keeps weights by the name {name} already.",
        hint="Choose another name, or save with overwrite.",
        field="path",
    )


def saved(
    row: Operation, subject: TrainingRun | SamplingSession, outcome: OperationFinish, *, now: datetime
) -> dict[str, Any]:
    """Makes the checkpoint that the operation asked for; what its result says of it. Raises ``InvalidInput``."""
    kind = SAVES.get(row.kind)
    if kind is None or not isinstance(subject, TrainingRun):
        return {}
    asked_name = row.request.get("name")
    name = asked_name or f"seq-{row.seq_id}"
    SavedWeights.objects.filter(run=subject, kind=kind, name=name, deleted_at=None).update(deleted_at=now)
    ttl = row.request.get("ttl_seconds")
    sampler_seq = row.request.get("sampling_session_seq_id")
    unnamed = UNNAMED_KEPT if asked_name is None and sampler_seq is not None else None
    kept_for = timedelta(seconds=ttl) if ttl else unnamed
    weights = SavedWeights.objects.create(
        run=subject,
        kind=kind,
        name=name,
        seq_id=row.seq_id,
        files=_entries(outcome.files),
        bytes=sum(entry.bytes for entry in outcome.files),
        user_metadata=row.request.get("user_metadata"),
        created_at=now,
        expires_at=now + kept_for if kept_for else None,
    )
    if kind == SavedWeights.Kind.TRAINING:
        keep_state(subject, seq_id=row.seq_id, files=outcome.files)
    if sampler_seq is None:
        return {"path": weights.path}
    sampler, _ = SamplingSession.objects.get_or_create(
        session_id=subject.session_id,
        seq_id=sampler_seq,
        defaults={"pool_id": subject.pool_id, "base_model": subject.base_model, "weights": weights, "created_at": now},
    )
    return {"sampling_session_id": sampler.id}


def keep_state(run: TrainingRun, *, seq_id: int, files: tuple[FileEntry, ...]) -> None:
    """From now on the locked run is resumed from this state, newer than the one before, whose files are deleted.

    Whoever was given the older state has lost the run, or has it in memory: only its holder stores states.
    """
    superseded = run.state_seq
    TrainingRun.objects.filter(id=run.id).update(state_seq=seq_id, state_files=_entries(files))
    arrays.delete_payloads(run, to_seq=seq_id)
    if superseded is not None and superseded != seq_id:
        transaction.on_commit(partial(_drop_superseded, run, superseded), robust=True)


def drop_files(run: TrainingRun, *, seq_id: int) -> bool:
    """Deletes the files of the state after ``seq_id``, unless the run or saved weights need them; whether it did."""
    resumed = TrainingRun.objects.filter(id=run.id, state_seq=seq_id).exclude(state_files=[])
    kept = SavedWeights.objects.filter(run_id=run.id, seq_id=seq_id, purged_at=None)
    if resumed.exists() or kept.exists():
        return False
    blob_store().delete_prefix(run.state_prefix(seq_id))
    return True


def _drop_superseded(run: TrainingRun, seq_id: int) -> None:
    with tenant_scope(run.organization_id):
        drop_files(run, seq_id=seq_id)


def _entries(files: tuple[FileEntry, ...]) -> list[dict[str, Any]]:
    if not files:
        raise invalid("files", "A state has files.")
    return [entry.model_dump() for entry in files]
