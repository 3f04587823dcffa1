"""An organization is deleted: its bytes are gone from database and blob store, and the books still balance."""

import hashlib
import json
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from tests.support.jobs import Bench
from tests.support.people import Person
from tests.support.platform import Caller
from trainyard.billing.models import LedgerEntry, UsageRecord
from trainyard.core import audit_check
from trainyard.core.blobs import blob_store
from trainyard.core.row_security import rows_of, tenant_models
from trainyard.jobs.reconcile import inactive_organizations
from trainyard.portability import deletion
from trainyard.portability.erasure import BOOKS, KEPT, SCRUBBED
from trainyard.portability.models import Deletion
from trainyard.tenants.models import Membership, Organization, User

CONTENT = ("secret-recipe", "penguins", "Meadow Labs", "cyn@meadow.example", "secret-notes", "ada@meadow.example")
"""What customers of the fixture wrote."""


def everything_stored(organization_id: str) -> str:
    """Every row of the organization, as text."""
    return json.dumps([list(rows_of(model, organization_id).values()) for model in tenant_models()], default=str)


def delete(owner: Caller, bench: Bench, commit: DjangoCaptureOnCommitCallbacks) -> dict[str, Any]:
    asked = owner.post("/organization/delete", {"confirm": "Meadow Labs"})
    assert asked.status_code == 202
    inactive_organizations.stop_jobs(now=bench.now)
    with commit(execute=True):
        assert deletion.finish(now=bench.now) == 1
    receipt: dict[str, Any] = Deletion.objects.get().receipt
    return receipt


def test_every_byte_is_gone_and_the_receipt_says_so(
    trained: Bench, owner: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    organization_id = trained.organization.id
    before = everything_stored(organization_id)
    assert all(word in before for word in CONTENT[:5])
    files = len(list(blob_store().keys(f"organizations/{organization_id}")))

    receipt = delete(owner, trained, django_capture_on_commit_callbacks)

    after = everything_stored(organization_id)
    assert [word for word in CONTENT if word in after] == []
    assert list(blob_store().keys(f"organizations/{organization_id}")) == []
    assert receipt["files"] == files > 0
    assert receipt["rows"]["tenants.ApiKey"] >= 2
    said = {name: value for name, value in receipt.items() if name != "sha256"}
    assert receipt["sha256"] == hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    connection.check_constraints()


def test_no_table_is_left_with_rows_by_mistake(
    trained: Bench, owner: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    delete(owner, trained, django_capture_on_commit_callbacks)
    left = {model for model in tenant_models() if rows_of(model, trained.organization.id).exists()}
    assert {model for model in left if model._meta.app_label != BOOKS} <= KEPT | SCRUBBED.keys()


def test_the_books_stay_and_balance(
    trained: Bench, owner: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    used = UsageRecord.across_tenants.count()
    entries = LedgerEntry.objects.count()
    delete(owner, trained, django_capture_on_commit_callbacks)
    assert (UsageRecord.across_tenants.count(), LedgerEntry.objects.count()) == (used, entries)
    assert used > 0
    _, findings = audit_check.check()
    assert findings == []


def test_the_owners_get_the_receipt_and_nobody_acts_any_more(
    trained: Bench,
    owner: Caller,
    ada: Person,
    operator: Caller,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    receipt = delete(owner, trained, django_capture_on_commit_callbacks)
    [sent] = [message for message in mail.outbox if message.to == ["ada@meadow.example"]]
    assert receipt["sha256"] in str(sent.body)
    assert owner.get("/me").status_code == 401
    assert ada.get("/organization").status_code == 403
    assert User.objects.filter(email="ada@meadow.example").exists(), "the account is the person's own"
    assert not Membership.objects.filter(organization=trained.organization).exists()
    shown = operator.get(f"/admin/organizations/{trained.organization.id}/deletion").json()
    assert shown["receipt"] == receipt
    assert operator.get(f"/admin/organizations/{trained.organization.id}").json()["state"] == "deleted"


def test_it_closes_at_once_and_waits_for_what_still_trains(
    bench: Bench, owner: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = bench.run()
    assert owner.post("/organization/delete", {"confirm": "Meadow Labs"}).status_code == 202
    assert owner.get("/me").status_code == 401
    assert deletion.finish(now=bench.now) == 0
    inactive_organizations.stop_jobs(now=bench.now)
    run.report()
    run.finish()
    with django_capture_on_commit_callbacks(execute=True):
        assert [deletion.finish(now=bench.now) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("confirm", ["", "meadow labs", "Other Labs"])
def test_it_takes_the_exact_name(owner: Caller, organization: Organization, confirm: str) -> None:
    refused = owner.post("/organization/delete", {"confirm": confirm})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "confirm")
    assert not Deletion.objects.exists()
    assert owner.get("/me").status_code == 200


def test_only_an_owner_deletes(teammate: Caller, outsider: Caller, organization: Organization) -> None:
    assert teammate.post("/organization/delete", {"confirm": "Meadow Labs"}).status_code == 403
    assert outsider.post("/organization/delete", {"confirm": "Meadow Labs"}).status_code == 400
    assert Organization.objects.get(id=organization.id).state == "active"
