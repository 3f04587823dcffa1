"""A dataset's way through a store that has no local files."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings as DjangoSettings

from tests.support.dataset_versions import clock, create_dataset, validated
from tests.support.finished_models import CONTENTS, finished_model
from tests.support.jobs import Bench, bench
from tests.support.platform import Caller
from tests.support.servers import s3_bucket
from tests.support.uploads import flower_rows, write_csv
from trainyard.core.blobs import blob_store
from trainyard.jobs.models import Checkpoint
from trainyard.jobs.reporting import checkpoints
from trainyard.training_sessions import orphans

pytestmark = pytest.mark.one_database

__all__ = ["bench"]


@pytest.fixture(autouse=True)
def s3(settings: DjangoSettings) -> Iterator[None]:
    """The settings' store is a bucket, in a network that clients do not reach."""
    with s3_bucket("trainyard") as address:
        places = {"blob_url": "s3://trainyard/platform", "s3_endpoint_url": address}
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=places)
        blob_store.cache_clear()
        yield
        blob_store.cache_clear()


def test_a_dataset_is_validated_and_previewed(owner: Caller, tmp_path: Path) -> None:
    dataset_id = create_dataset(owner, target="species")
    version = validated(owner, dataset_id, write_csv(tmp_path / "flowers.csv", flower_rows()))
    assert (version["state"], version["rows"]) == ("ready", 30)
    assert len(owner.get(f"/datasets/{dataset_id}/versions/1/preview").json()["rows"]) == 20


def keys(prefix: str) -> set[str]:
    return {stored.key for stored in blob_store().keys(prefix)}


def test_pruned_checkpoints_leave_no_object(bench: Bench) -> None:
    run = bench.run()
    for step in (1, 10, 20, 30):
        run.checkpoint(step)
    assert checkpoints.prune(now=bench.now) == 2
    kept = Checkpoint.across_tenants.filter(pruned_at=None).select_related("attempt")
    assert {checkpoint.step for checkpoint in kept} == {20, 30}
    files = {f"{checkpoint.blob_prefix}/{file['name']}" for checkpoint in kept for file in checkpoint.files}
    assert keys(f"{kept[0].attempt.blob_prefix}/checkpoints") == files


def test_objects_that_no_row_knows_are_swept_once_they_are_old(bench: Bench) -> None:
    model = finished_model(bench)
    run = bench.run()
    run.checkpoint(10)
    known = keys("organizations")
    attempt = f"organizations/{bench.organization.id}/jobs/{run.claim.job_id}/attempts/{run.claim.attempt_id}"
    lost = {
        f"{attempt}/checkpoints/100/weights.safetensors",
        f"{attempt}/model/model.safetensors",
        f"organizations/{bench.organization.id}/datasets/dsv_gone/source",
    }
    for key in lost:
        blob_store().put(key, [b"x"])
    now = clock()
    assert orphans.sweep(now=now + timedelta(hours=47)) == 0
    assert orphans.sweep(now=now + timedelta(hours=49)) == 3
    assert keys("organizations") == known
    Checkpoint.across_tenants.update(pruned_at=now)  # as if a deletion had not taken
    assert orphans.sweep(now=now + timedelta(hours=49)) >= 1
    assert not keys(f"{attempt}/checkpoints")
    assert keys(model.blob_prefix)


def test_a_models_file_goes_through_the_web(bench: Bench, owner: Caller) -> None:
    model = finished_model(bench)
    answer = owner._client.get(f"/api/v1/models/{model.id}/files/model.safetensors", headers={"Range": "bytes=0-1"})
    assert answer.status_code == 206
    assert b"".join(answer.streaming_content) == CONTENTS["model.safetensors"][:2]
