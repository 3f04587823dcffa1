"""An organization is deleted: its bytes are gone from database and blob store, and the books still balance."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, ProgrammingError, connection, transaction
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from tests.support.invoices import close
from tests.support.jobs import Bench
from tests.support.people import Person
from tests.support.platform import Caller
from trainyard.billing.invoices.lines import DESCRIPTION_WITHOUT_NAME
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.journal import verification
from trainyard.billing.models import LedgerEntry, UsageRecord
from trainyard.core import audit_check
from trainyard.core.blobs import blob_store
from trainyard.core.row_security import rows_of, tenant_models
from trainyard.core.tenancy import platform_scope
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


@pytest.fixture
def invoiced(trained: Bench, owner: Caller, operator: Caller) -> Invoice:
    """The finalized invoice of the month in which the job trained, with a credit note."""
    owner.patch("/organization/billing-profile", {"legal_name": "Meadow SAS", "city": "Lyon", "country": "FR"})
    [invoice] = close(trained.organization.id, trained.now + timedelta(days=40))
    note = {"amount": "0.01", "reason": "Slow disk", "line": 1}
    assert operator.post(f"/admin/invoices/{invoice.id}/credit-notes", note).status_code == 201
    return Invoice.across_tenants.get(id=invoice.id)


def test_invoices_keep_who_bought_and_lose_what_jobs_were_called(
    trained: Bench, invoiced: Invoice, owner: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = list(InvoiceLine.across_tenants.order_by("id").values())
    assert "secret-recipe" in before[0]["description"]
    receipt = delete(owner, trained, django_capture_on_commit_callbacks)

    after = list(InvoiceLine.across_tenants.order_by("id").values())
    named = before[0]["description"]
    subject = before[0]["subject"]
    unnamed = {"job_name": None, "description": named.replace(f"secret-recipe ({subject})", subject)}
    assert after == [before[0] | unnamed, *before[1:]]
    assert "secret-recipe" not in everything_stored(trained.organization.id)
    kept = Invoice.across_tenants.get(id=invoiced.id)
    assert (kept.buyer["legal_name"], kept.buyer["city"]) == ("Meadow SAS", "Lyon")
    assert (kept.total_micros, kept.journal_hash) == (invoiced.total_micros, invoiced.journal_hash)
    assert receipt["rows"]["billing.InvoiceLine"] == len(after)
    assert "the buyer's legal data, and without names of jobs" in receipt["kept"]
    with platform_scope():
        assert verification.check()[1] == []


REFUSED = (IntegrityError, ProgrammingError)
"""By a trigger; on PostgreSQL the role that serves has not even the right to try most of it."""


@pytest.mark.parametrize("state", [Organization.State.ACTIVE, Organization.State.CLOSING])
def test_a_line_changes_in_nothing_else(invoiced: Invoice, state: str) -> None:
    Organization.objects.update(state=state)
    lines = InvoiceLine.across_tenants.all()
    changes: tuple[dict[str, Any], ...] = (
        {"job_name": "another"},
        {"job_name": None},
        {"job_name": None, "description": "anything"},
        {"job_name": None, "description": DESCRIPTION_WITHOUT_NAME, "amount_micros": 0},
    )
    for change in changes:
        with pytest.raises(REFUSED, match=r"append-only|permission denied"), transaction.atomic():
            lines.update(**change)
    with pytest.raises(REFUSED, match=r"append-only|permission denied"), transaction.atomic():
        lines._raw_delete(connection.alias)


def test_a_line_keeps_its_name_while_the_organization_is_there(invoiced: Invoice) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        InvoiceLine.across_tenants.update(job_name=None, description=DESCRIPTION_WITHOUT_NAME)


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
