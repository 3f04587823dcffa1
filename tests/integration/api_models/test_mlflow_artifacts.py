"""``/compat/mlflow``, files that a client logs to a run: where they lie, who may, what they count for, what is left."""

import hashlib
import os
from typing import Any

import pytest
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from tests.integration.api_models.test_mlflow_writes import experiment_id, post, run_id
from tests.support.dataset_versions import clock
from tests.support.jobs import Bench
from tests.support.platform import Caller, caller_of
from trainyard.core import blobs
from trainyard.core.blobs import BlobStore, blob_store
from trainyard.core.encryption import master
from trainyard.core.encryption.master import LocalMasterKeys
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets import operations as datasets
from trainyard.datasets.operations import StorageQuotaExceeded
from trainyard.registry import orphans
from trainyard.registry.models import Model
from trainyard.registry.storage_metering import stored_bytes
from trainyard.tenants.models import Organization, Role
from trainyard.tracking import artifacts
from trainyard.tracking.models import Artifact

__all__ = ["experiment_id", "run_id"]

API = "/compat/mlflow/api/2.0/mlflow-artifacts/artifacts"
CONTENT = b"epoch,loss\n1,0.5\n"


@pytest.fixture
def root(experiment_id: str, run_id: str) -> str:
    return f"{experiment_id}/{run_id}/artifacts"


def put(caller: Caller, path: str, content: bytes = CONTENT, content_type: str = "text/csv") -> Any:
    return caller._client.put(f"{API}/{path}", content, content_type=content_type)


def delete(caller: Caller, path: str) -> Any:
    return caller._client.delete(f"{API}/{path}")


def listed(caller: Caller, path: str) -> dict[str, int | None]:
    """What lies in a directory: sizes of files by their names, ``None`` for directories."""
    files = caller._client.get(API, query_params={"path": path}).json()["files"]
    assert [file["is_dir"] for file in files] == ["file_size" not in file for file in files]
    return {file["path"]: file.get("file_size") for file in files}


def content_of(caller: Caller, path: str) -> bytes:
    answer = caller._client.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def blob_keys(organization: Organization) -> set[str]:
    return {stored.key for stored in blob_store().keys(f"organizations/{organization.id}/run-artifacts")}


def test_files_lie_in_directories_and_come_back_as_they_were_sent(owner: Caller, root: str) -> None:
    for path in ("a.csv", "plots/loss.png", "plots/by epoch/ä 1.png"):
        assert put(owner, f"{root}/{path}", path.encode()).json() == {}
    assert listed(owner, root) == {"a.csv": 5, "plots": None}
    assert listed(owner, f"{root}/plots") == {"by epoch": None, "loss.png": 14}
    assert listed(owner, f"{root}/plots/by epoch") == {"ä 1.png": len("plots/by epoch/ä 1.png".encode())}
    assert listed(owner, f"{root}/a.csv") == listed(owner, f"{root}/plo") == {}
    answer = owner._client.get(f"{API}/{root}/plots/by epoch/ä 1.png")
    assert b"".join(answer.streaming_content) == "plots/by epoch/ä 1.png".encode()
    assert answer.headers["ETag"] == f'"{hashlib.sha256("plots/by epoch/ä 1.png".encode()).hexdigest()}"'
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A4%201.png"
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_a_file_of_any_media_type_is_taken_as_it_is(owner: Caller, root: str) -> None:
    for media_type in ("application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "?"):
        assert put(owner, f"{root}/file", b"{not json", media_type).status_code == 200
        assert content_of(owner, f"{root}/file") == b"{not json"


def test_logged_again_a_file_takes_the_place_of_the_first(
    owner: Caller,
    organization: Organization,
    root: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        put(owner, f"{root}/a.csv", b"first")
    first = blob_keys(organization)
    with django_capture_on_commit_callbacks(execute=True):
        put(owner, f"{root}/a.csv", b"the second")
    assert listed(owner, root) == {"a.csv": 10}
    assert content_of(owner, f"{root}/a.csv") == b"the second"
    assert len(blob_keys(organization)) == 1
    assert not blob_keys(organization) & first


@pytest.mark.parametrize("path", ["../a", "a/../../b", "./a", "a//b", "a\\b", "a%01b", "x" * 501, "a/.", "..%2fa", ""])
def test_a_path_stays_below_its_run(owner: Caller, organization: Organization, root: str, path: str) -> None:
    answer = put(owner, f"{root}/{path}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert blob_keys(organization) == set()


def test_a_file_is_no_directory_and_a_directory_no_file(owner: Caller, root: str) -> None:
    put(owner, f"{root}/a/b")
    put(owner, f"{root}/A")
    assert put(owner, f"{root}/a").status_code == put(owner, f"{root}/a/b/c").status_code == 409
    assert put(owner, f"{root}/ab").status_code == 200
    assert listed(owner, root) == {"A": len(CONTENT), "a": None, "ab": len(CONTENT)}


def test_a_file_or_all_of_a_directory_is_deleted(
    owner: Caller,
    organization: Organization,
    root: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for path in ("a/b", "a/c/d", "A/e", "ab"):
        put(owner, f"{root}/{path}")
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(owner, f"{root}/a").json() == {}
    assert listed(owner, root) == {"A": None, "ab": len(CONTENT)}
    assert len(blob_keys(organization)) == 2
    assert delete(owner, f"{root}/a").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        delete(owner, f"{root}/ab")
    assert len(blob_keys(organization)) == 1


def test_a_deleted_run_takes_no_file_and_keeps_those_it_has(owner: Caller, root: str, run_id: str) -> None:
    put(owner, f"{root}/a")
    post(owner, "runs/delete", run_id=run_id)
    answer = put(owner, f"{root}/b")
    assert (answer.status_code, "was deleted" in answer.json()["message"]) == (400, True)
    assert listed(owner, root) == {"a": len(CONTENT)}
    assert delete(owner, f"{root}/a").status_code == 200


def test_a_job_takes_no_file(owner: Caller, bench: Bench, model: Model) -> None:
    path = f"{bench.version.dataset_id}/{model.job_id}/artifacts/config.json"
    for answer in (put(owner, path), delete(owner, path)):
        assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
        assert "This run is a job" in answer.json()["message"]


def test_a_member_may_a_viewer_reads_and_an_outsider_finds_nothing(
    owner: Caller, organization: Organization, outsider: Caller, root: str
) -> None:
    member, viewer = caller_of(organization, Role.MEMBER), caller_of(organization, Role.VIEWER)
    assert put(member, f"{root}/a").status_code == 200
    for write in (put, delete):
        assert write(viewer, f"{root}/a").status_code == 403
        assert write(outsider, f"{root}/a").status_code == 404
    assert content_of(viewer, f"{root}/a") == CONTENT
    for path in (API + f"/{root}/a", API + f"?path={root}"):
        assert outsider._client.get(path).status_code == 404


def test_a_run_is_found_in_its_own_experiment_alone(owner: Caller, run_id: str) -> None:
    assert put(owner, f"mlx_other/{run_id}/artifacts/a").status_code == 404


def test_files_take_room_with_uploads_and_are_metered_until_they_are_deleted(
    owner: Caller, organization: Organization, root: str, settings: Any
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_stored_bytes": 2 * len(CONTENT)})
    put(owner, f"{root}/a")
    put(owner, f"{root}/b")
    answer = put(owner, f"{root}/c", b"x")
    assert (answer.status_code, "stores" in answer.json()["message"]) == (413, True)
    assert len(blob_keys(organization)) == 2
    assert stored_bytes()[organization.id] == {"run_artifacts": 2 * len(CONTENT)}
    with tenant_scope(organization.id), pytest.raises(StorageQuotaExceeded):
        datasets.check_room(1)
    delete(owner, f"{root}/a")
    assert stored_bytes()[organization.id] == {"run_artifacts": len(CONTENT)}
    assert put(owner, f"{root}/c", b"x").status_code == 200


def test_a_file_counts_by_what_was_stored_and_not_by_what_was_announced(
    owner: Caller, organization: Organization, run_id: str, settings: Any
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_stored_bytes": len(CONTENT)})
    with tenant_scope(organization.id), pytest.raises(StorageQuotaExceeded):
        artifacts.write(run_id=run_id, path="a", size=0, chunks=[CONTENT, b"x"], now=clock())
    assert blob_keys(organization) == set()
    with tenant_scope(organization.id):
        artifacts.write(run_id=run_id, path="a", size=0, chunks=[CONTENT], now=clock())


def test_a_run_has_so_many_files_and_a_file_so_many_bytes(
    owner: Caller, root: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "MOST_ARTIFACTS", 2)
    statuses = [put(owner, f"{root}/{name}").status_code for name in ("a", "b", "c", "b")]
    assert statuses == [200, 200, 400, 200]
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_upload_bytes": 4})
    assert put(owner, f"{root}/a", b"12345").status_code == 413
    assert content_of(owner, f"{root}/a") == CONTENT


def test_files_of_runs_are_no_orphans_and_those_without_a_row_are(
    owner: Caller, organization: Organization, root: str
) -> None:
    put(owner, f"{root}/a")
    [kept] = blob_keys(organization)
    blob_store().put(f"organizations/{organization.id}/run-artifacts/mla_lost/content", [b"lost"])
    orphans.sweep(now=clock() + 2 * orphans.SETTLED_AFTER, owners=[orphans.REGISTRY])
    assert blob_keys(organization) == {kept}


def test_what_lies_in_the_store_is_encrypted_by_the_organization_s_key(
    owner: Caller, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(master, "master_keys", lambda: LocalMasterKeys((os.urandom(32),)))
    plain: BlobStore = blob_store()
    encrypted = blobs.blob_store.__wrapped__()
    monkeypatch.setattr(artifacts, "blob_store", lambda: encrypted)
    monkeypatch.setattr("trainyard.api.downloads.blob_store", lambda: encrypted)
    put(owner, f"{root}/a")
    with plain.open(Artifact.across_tenants.get().blob_key) as file:
        assert CONTENT not in file.read()
    assert content_of(owner, f"{root}/a") == CONTENT
