"""Everything of an organization in one zip: whole, checked by its manifest, and nobody else's."""

import hashlib
import io
import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.db.models import BinaryField

from tests.integration.portability.conftest import NOTES
from tests.support.jobs import ROWS, Bench
from tests.support.platform import Caller
from trainyard.core.blobs import blob_store
from trainyard.core.row_security import tenant_models
from trainyard.core.time import database_now
from trainyard.portability import exports
from trainyard.portability.archive import LEFT_OUT, exported_columns
from trainyard.portability.models import Export
from trainyard.tenants.models import ApiKey


def downloaded(owner: Caller) -> ZipFile:
    asked = owner.post("/organization/export")
    assert (asked.status_code, asked.json()["state"]) == (202, "preparing")
    assert exports.prepare_next(now=database_now())
    assert not exports.prepare_next(now=database_now())
    path = f"/organization/exports/{asked.json()['id']}"
    ready = owner.get(path).json()
    assert ready["state"] == "ready", ready
    content = b"".join(owner.get(f"{path}/file"))
    assert (len(content), hashlib.sha256(content).hexdigest()) == (ready["bytes"], ready["sha256"])
    return ZipFile(io.BytesIO(content))


def rows(archive: ZipFile, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(f"tables/{table}.jsonl").splitlines()]


def test_the_manifest_accounts_for_every_byte(trained: Bench, owner: Caller) -> None:
    archive = downloaded(owner)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["organization"] == trained.organization.id
    assert {entry["name"] for entry in manifest["files"]} == set(archive.namelist()) - {"manifest.json"}
    for entry in manifest["files"]:
        content = archive.read(entry["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_it_holds_the_jobs_the_money_the_people_and_the_files(trained: Bench, owner: Caller) -> None:
    archive = downloaded(owner)
    assert [row["name"] for row in rows(archive, "jobs.job")] == ["secret-recipe"]
    assert rows(archive, "billing.usagerecord")
    assert rows(archive, "billing.ledgerentry"), "whose rows belong to it through their transaction"
    assert [row["email"] for row in rows(archive, "people")] == ["ada@meadow.example"]
    assert rows(archive, "core.auditevent")
    contents = [archive.read(name) for name in archive.namelist() if name.startswith("files/")]
    assert ROWS in contents
    assert b"model" in contents
    assert [row["path"] for row in rows(archive, "tracking.artifact")] == ["secret-notes.txt"]
    assert NOTES in contents


def test_measured_points_are_numbers(trained: Bench, owner: Caller) -> None:
    """They are stored packed: as bytes, which JSON does not have."""
    [points] = rows(downloaded(owner), "jobs.metricchunk")
    assert (points["names"], points["steps"]) == (["train_loss"], [5, 10])
    assert points["values"] == {"train_loss": [0.5, None]}


def test_no_exported_column_is_binary() -> None:
    exported = {model: exported_columns(model) for model in set(tenant_models()) - LEFT_OUT}
    assert not [
        f"{model._meta.label}.{column}"
        for model, columns in exported.items()
        for column in columns
        if isinstance(model._meta.get_field(column), BinaryField)
    ]


def test_no_secret_and_nothing_of_others_is_in_it(trained: Bench, owner: Caller, outsider: Caller) -> None:
    outsider.post("/organization/invitations", {"email": "dan@other.example"})
    archive = downloaded(owner)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for digest in ApiKey.across_tenants.values_list("secret_sha256", flat=True):
        assert digest.encode() not in everything
    assert outsider.organization is not None
    assert outsider.organization.id.encode() not in everything
    assert b"dan@other.example" not in everything


def test_only_owners_export_and_only_their_own(
    trained: Bench, owner: Caller, teammate: Caller, outsider: Caller
) -> None:
    downloaded(owner)
    [export] = owner.get("/organization/exports").json()["data"]
    path = f"/organization/exports/{export['id']}"
    assert teammate.post("/organization/export").status_code == 403
    assert teammate.get(f"{path}/file").status_code == 403
    assert outsider.get(path).status_code == 404
    assert outsider.get(f"{path}/file").status_code == 404


def test_one_at_a_time_and_none_before_it_is_ready(trained: Bench, owner: Caller) -> None:
    asked = owner.post("/organization/export").json()
    again = owner.post("/organization/export")
    assert (again.status_code, again.json()["code"]) == (409, "export_pending")
    early = owner.get(f"/organization/exports/{asked['id']}/file")
    assert (early.status_code, early.json()["code"]) == (409, "export_not_ready")


def test_one_that_was_begun_and_never_finished_is_begun_anew(trained: Bench, owner: Caller) -> None:
    owner.post("/organization/export")
    Export.across_tenants.update(claimed_until=database_now() + timedelta(minutes=1), fence=1)
    assert not exports.prepare_next(now=database_now()), "somebody has it"
    assert exports.prepare_next(now=database_now() + timedelta(hours=3))
    assert Export.across_tenants.get().state == "ready"


def test_one_that_fails_says_so_and_another_may_follow(
    trained: Bench, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = owner.post("/organization/export").json()

    def fail(**_: Any) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(exports, "write_archive", fail)
        exports.prepare_next(now=database_now())
    failed = owner.get(f"/organization/exports/{asked['id']}").json()
    assert (failed["state"], failed["error"]) == ("failed", "OSError")
    downloaded(owner)


def test_its_file_goes_after_a_week(trained: Bench, owner: Caller) -> None:
    downloaded(owner)
    later = database_now() + exports.KEPT_FOR + timedelta(minutes=1)
    assert [exports.expire(now=later) for _ in range(2)] == [1, 0]
    [export] = owner.get("/organization/exports").json()["data"]
    assert export["state"] == "expired"
    assert not list(blob_store().keys(f"organizations/{trained.organization.id}/exports"))
