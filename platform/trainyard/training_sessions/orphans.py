"""Orphans among the files of sessions, beside those of datasets and jobs: files that no row knows."""

import re
from collections.abc import Collection
from datetime import datetime

from trainyard.registry import orphans
from trainyard.registry.orphans import ROOT, Owner, Owners
from trainyard.training_sessions.models import Operation, SavedWeights, TrainingRun

OWNER = re.compile(
    rf"{ROOT}/[^/]+/training/(?:operations/(?P<operation>[^/]+)|(?P<run>[^/]+)/states/(?P<seq>\d+))(?=/)"
)
"""The prefix of an operation's arrays, or of a run's state, at the start of a key."""


def sweep(*, now: datetime) -> int:
    """Deletes what belongs to nothing that is kept, of sessions and of everything else; returns of how many things."""
    return orphans.sweep(now=now, owners=(orphans.REGISTRY, Owners(OWNER, _kept)))


def _kept(found: Collection[Owner]) -> set[str]:
    asked = [owner["operation"] for owner in found if owner["operation"]]
    open_ones = Operation.across_tenants.filter(id__in=asked, state=Operation.State.QUEUED)
    with_arrays = Operation.across_tenants.filter(id__in=asked, has_payload=True)
    with_results = Operation.across_tenants.filter(id__in=asked, has_data=True)
    kept = {row.blob_prefix for row in open_ones | with_arrays | with_results}
    run_ids = {owner["run"] for owner in found if owner["run"]}
    for run in TrainingRun.across_tenants.filter(id__in=run_ids).exclude(state_seq=None).exclude(state_files=[]):
        kept.add(run.state_prefix(run.state_seq or 0))
    weights = SavedWeights.across_tenants.filter(run_id__in=run_ids, purged_at=None)
    return kept | {row.blob_prefix for row in weights.select_related("run")}
