"""Files of what customers deleted go, in time, and not while a job needs them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.dataset_versions import blobs_of, clock, create_dataset, validated
from tests.support.jobs import Bench
from tests.support.platform import Caller
from tests.support.uploads import flower_rows, write_csv
from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.core.models import PostponedItem
from trainyard.core.reconciling import FIRST_DELAY
from trainyard.datasets.models import DatasetVersion
from trainyard.registry import purging
from trainyard.registry.models import Model

DUE = timedelta(minutes=61)


def is_stored(key: str) -> bool:
    try:
        return blob_store().local_path(key) is not None
    except BlobNotFound:
        return False


def test_a_deleted_datasets_files_are_kept_an_hour_and_then_go(owner: Caller, tmp_path: Path) -> None:
    dataset_id = create_dataset(owner, target="species")
    validated(owner, dataset_id, write_csv(tmp_path / "flowers.csv", flower_rows()))
    assert purging.purge(now=clock() + DUE) == 0
    owner.delete(f"/datasets/{dataset_id}")
    assert purging.purge(now=clock() + timedelta(minutes=59)) == 0
    assert blobs_of(owner)
    assert purging.purge(now=clock() + DUE) == 1
    assert blobs_of(owner) == set()
    assert DatasetVersion.across_tenants.get().profile is None
    assert purging.purge(now=clock() + DUE) == 0


def test_a_version_that_an_unfinished_job_needs_is_kept(bench: Bench, owner: Caller) -> None:
    run = bench.run()
    owner.delete(f"/datasets/{bench.version.dataset_id}")
    key = f"{bench.version.compiled_prefix}/numeric.npy"
    purging.purge(now=clock() + DUE)
    assert is_stored(key)
    run.succeed()
    purging.purge(now=clock() + DUE)
    assert not is_stored(key)


def test_a_deleted_models_files_go(model: Model, owner: Caller) -> None:
    owner.delete(f"/models/{model.id}")
    purging.purge(now=clock() + DUE)
    assert not is_stored(f"{model.blob_prefix}/model.safetensors")


def test_what_could_not_be_deleted_is_tried_again(model: Model, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(prefix: str) -> None:
        raise OSError(prefix)

    owner.delete(f"/models/{model.id}")
    with monkeypatch.context() as patch:
        patch.setattr(blob_store(), "delete_prefix", fail)
        assert purging.purge(now=clock() + DUE) == 0
    assert purging.purge(now=clock() + DUE) == 0  # postponed
    assert purging.purge(now=clock() + DUE + FIRST_DELAY) == 1
    assert not PostponedItem.objects.exists()
