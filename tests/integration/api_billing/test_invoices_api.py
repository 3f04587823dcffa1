"""Invoices over the API, as the owner, a teammate, an outsider and operators meet them."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.billing import UNIT, balances, credit
from tests.support.invoices import assert_adds_up, close, train
from tests.support.platform import Caller
from trainyard.billing.invoices.models import Invoice
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

PERIOD = {"start": "2026-01-01T00:00:00.000000Z", "end": "2026-02-01T00:00:00.000000Z"}
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)
SELLER = {
    "name": "Yard GmbH",
    "address_line1": "Weg 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
    "vat_id": "DE136695976",
    "number_prefix": "YARD",
}
BUYER = {"legal_name": "Meadow Labs SAS", "city": "Paris", "country": "FR", "vat_id": "FR 83 404 833 048"}


@pytest.fixture
def customer(organization: Organization, pool: Pool) -> Organization:
    """0.3 + 0.01234 units of training in January."""
    credit(organization.id, 100 * UNIT)
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 10, tzinfo=UTC), seconds=3_000)
        short = datetime(2026, 1, 11, tzinfo=UTC)
        train(pool_id=pool.id, ended_at=short, seconds=123, job_id="job_2")
    return organization


@pytest.fixture
def invoice(customer: Organization) -> Invoice:
    [closed] = close(customer.id, FEBRUARY)
    return closed


def test_strangers_and_operators_have_no_invoices(anonymous: Client, operator: Caller, invoice: Invoice) -> None:
    for path in ("/invoices", f"/invoices/{invoice.id}", "/credit-notes", "/disputes", "/organization/billing-profile"):
        assert anonymous.get(f"/api/v1{path}").status_code == 401
        assert operator.get(path).status_code == 403


def test_an_invoice_says_what_it_is_made_of(
    owner: Caller, teammate: Caller, outsider: Caller, invoice: Invoice
) -> None:
    body = owner.get(f"/invoices/{invoice.id}").json()
    assert body["allowed_actions"] == ["dispute"]
    assert [line["allowed_actions"] for line in body["lines"]] == [["dispute"], ["dispute"]]
    untouchable = [line | {"allowed_actions": []} for line in body["lines"]]
    assert teammate.get(f"/invoices/{invoice.id}").json() == body | {"allowed_actions": [], "lines": untouchable}
    assert outsider.get(f"/invoices/{invoice.id}").status_code == 404
    assert (body["number"], body["state"], body["currency"]) == ("INV-000001", "paid", "USD")
    assert body["period"] | PERIOD == body["period"]
    first, second = body["lines"]
    assert first | {"kind": "job", "quantity": "3000", "unit": "slot-second", "unit_price": "0.0001"} == first
    assert (first["amount"], second["charged"], second["amount"]) == ("0.300000", "0.012300", "0.010000")
    assert (body["subtotal"], body["rounding"], body["tax"], body["total"]) == (
        "0.310000",
        "-0.002300",
        "0.000000",
        "0.310000",
    )
    assert (body["paid_from_credit"], body["payable"]) == ("0.310000", "0.000000")
    listed = owner.get("/invoices").json()["data"]
    assert [each["state"] for each in listed] == ["draft", "paid"]
    assert outsider.get("/invoices").json()["data"] == []


def test_a_line_opens_to_its_attempts_intervals_and_prices(owner: Caller, outsider: Caller, invoice: Invoice) -> None:
    line = owner.get(f"/invoices/{invoice.id}").json()["lines"][1]
    path = line["usage"]["url"].removeprefix("/api/v1")
    [fact] = owner.get(path).json()["data"]
    assert fact["body"] | {"job": "job_2", "unit_price": "0.000100000", "amount_micros": 12_300} == fact["body"]
    assert outsider.get(path).status_code == 404
    assert owner.get(path.replace("/lines/2/", "/lines/9/")).status_code == 404


def test_the_draft_has_the_lines_so_far(owner: Caller, customer: Organization) -> None:
    close(customer.id, datetime(2026, 1, 20, tzinfo=UTC))
    [draft] = owner.get("/invoices").json()["data"]
    assert (draft["state"], draft["number"], draft["total"]) == ("draft", "", "0.310000")
    assert len(owner.get(f"/invoices/{draft['id']}").json()["lines"]) == 2


def test_lines_come_as_csv(owner: Caller, outsider: Caller, invoice: Invoice) -> None:
    answer = owner.get(f"/invoices/{invoice.id}/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-000001.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["amount"] for row in rows] == ["0.300000", "0.010000"]
    assert outsider.get(f"/invoices/{invoice.id}/csv").status_code == 404


def journal(caller: Caller, invoice_id: str) -> list[dict[str, Any]]:
    answer = caller.get(f"/invoices/{invoice_id}/journal")
    assert answer.status_code == 200
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def test_the_journal_leads_to_the_invoice(owner: Caller, outsider: Caller, invoice: Invoice) -> None:
    entries = journal(owner, invoice.id)
    head = owner.get(f"/invoices/{invoice.id}").json()["journal"]
    assert (entries[-1]["sequence"], entries[-1]["hash"]) == (head["to"], head["hash"])
    assert [entry["sequence"] for entry in entries] == list(range(entries[0]["sequence"], head["to"] + 1))
    charged = sum(entry["body"]["amount_micros"] for entry in entries if entry["kind"] == "usage")
    assert charged == 312_300
    assert outsider.get(f"/invoices/{invoice.id}/journal").status_code == 404


@pytest.fixture
def legal(operator: Caller, owner: Caller) -> None:
    assert operator.post("/admin/legal-entity", SELLER).status_code == 200
    rate = {"country": "FR", "percent": "20", "reverse_charge": True, "effective_from": "2026-01-01T00:00:00Z"}
    assert operator.post("/admin/tax-rates", rate).status_code == 201
    assert owner.patch("/organization/billing-profile", BUYER).status_code == 200


@pytest.mark.usefixtures("legal")
def test_a_business_elsewhere_owes_the_tax_itself(owner: Caller, customer: Organization) -> None:
    [invoice] = close(customer.id, FEBRUARY)
    body = owner.get(f"/invoices/{invoice.id}").json()
    assert body["number"] == "YARD-000001"
    [tax] = body["taxes"]
    assert (tax["category"], tax["amount"], tax["base"]) == ("AE", "0.000000", "0.310000")
    assert tax["wording"] == "Reverse charge: the recipient is liable for the tax."
    assert body["buyer"]["vat_id"] == "FR83404833048"
    assert body["seller"]["vat_id"] == "DE136695976"


@pytest.mark.usefixtures("legal")
def test_tax_is_rounded_once_for_the_whole_and_frozen(owner: Caller, operator: Caller, customer: Organization) -> None:
    owner.patch("/organization/billing-profile", {"vat_id": ""})
    [invoice] = close(customer.id, FEBRUARY)
    later = {"country": "FR", "percent": "25", "effective_from": "2026-01-15T00:00:00Z"}
    assert operator.post("/admin/tax-rates", later).status_code == 201
    body = owner.get(f"/invoices/{invoice.id}").json()
    # 20 % of 0.31 is 0.062; of each line alone it would be 0.06 and 0.00.
    assert (body["tax"], body["total"], body["payable"]) == ("0.060000", "0.370000", "0.000000")
    with tenant_scope(customer.id):
        assert_adds_up(invoice)
        assert balances()["wallet"] == 100 * UNIT - 370_000
        assert balances()["revenue"] + balances()["rounding"] + balances()["tax"] == 370_000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"country": "FR", "vat_id": "FR83404833049"}, "vat_id"),
        ({"time_zone": "Europe/Pari"}, "time_zone"),
        ({"legal_nam": "Meadow"}, "legal_nam"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_and_changes_nothing(
    owner: Caller, changes: dict[str, str], field: str
) -> None:
    before = owner.get("/organization/billing-profile").json()
    answer = owner.patch("/organization/billing-profile", changes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert owner.get("/organization/billing-profile").json() == before


def test_only_payers_change_the_profile(teammate: Caller) -> None:
    assert teammate.patch("/organization/billing-profile", {"city": "Paris"}).status_code == 403


def test_credit_notes_never_exceed_their_invoice(owner: Caller, operator: Caller, invoice: Invoice) -> None:
    path = f"/admin/invoices/{invoice.id}/credit-notes"
    assert owner.post(path, {"amount": "0.10", "reason": "Goodwill"}).status_code == 403
    first = operator.post(path, {"amount": "0.10", "reason": "Goodwill"})
    assert (first.status_code, first.json()["number"]) == (201, "INV-CN-000001")
    assert operator.post(path, {"amount": "0.22", "reason": "Too much"}).json()["code"] == "beyond_invoice"
    assert operator.post(path, {"amount": "0.105", "reason": "Half a cent"}).json()["code"] == "beyond_invoice"
    assert operator.post(path, {"amount": "0.21", "reason": "The rest"}).status_code == 201
    assert operator.post(path, {"amount": "0.01", "reason": "More"}).json()["code"] == "beyond_invoice"
    assert [note["total"] for note in owner.get("/credit-notes").json()["data"]] == ["0.210000", "0.100000"]
    assert operator.post(f"/admin/invoices/{invoice.id}/void", {"reason": "No"}).json()["code"] == "invoice_credited"
    with tenant_scope(invoice.organization_id):
        assert balances()["wallet"] == 100 * UNIT
        assert sum(balances().values()) == 0


@pytest.mark.usefixtures("legal")
def test_void_and_reissue_conserve_money(owner: Caller, operator: Caller, customer: Organization) -> None:
    owner.patch("/organization/billing-profile", {"vat_id": ""})
    [invoice] = close(customer.id, FEBRUARY)
    owner.patch("/organization/billing-profile", {"vat_id": BUYER["vat_id"]})
    again = operator.post(f"/admin/invoices/{invoice.id}/void", {"reason": "VAT id missing", "reissue": True}).json()
    assert (again["number"], again["replaces"], again["tax"], again["total"]) == (
        "YARD-000002",
        invoice.id,
        "0.000000",
        "0.310000",
    )
    assert owner.get(f"/invoices/{invoice.id}").json()["state"] == "void"
    with tenant_scope(customer.id):
        assert_adds_up(Invoice.objects.get(id=again["id"]))
        assert balances()["wallet"] == 100 * UNIT - 310_000
        assert balances()["tax"] == 0


def test_a_void_invoice_gives_its_charges_back(operator: Caller, invoice: Invoice) -> None:
    path = f"/admin/invoices/{invoice.id}/void"
    assert operator.post(path, {"reason": "Never used"}).json()["state"] == "void"
    assert operator.post(path, {"reason": "Again"}).json()["code"] == "invoice_state"
    with tenant_scope(invoice.organization_id):
        assert balances()["wallet"] == 100 * UNIT
        assert balances()["revenue"] == 0


def test_a_dispute_gives_back_at_most_what_was_disputed(owner: Caller, operator: Caller, invoice: Invoice) -> None:
    path = f"/invoices/{invoice.id}/disputes"
    opened = owner.post(path, {"line": 1, "reason": "It trained on broken data", "amount": "0.20"})
    assert (opened.status_code, opened.json()["state"]) == (201, "open")
    assert owner.post(path, {"line": 1, "reason": "Again"}).json()["code"] == "already_disputed"
    assert owner.post(path, {"line": 2, "reason": "More than it is", "amount": "0.02"}).status_code == 400
    decide = f"/admin/disputes/{opened.json()['id']}"
    assert operator.post(f"{decide}/approve", {"amount": "0.21"}).json()["code"] == "beyond_invoice"
    approved = operator.post(f"{decide}/approve", {"decision": "Agreed"}).json()
    assert approved["state"] == "approved"
    assert operator.post(f"{decide}/reject", {"decision": "No"}).json()["code"] == "dispute_decided"
    [note] = owner.get("/credit-notes").json()["data"]
    assert (note["id"], note["line"], note["total"]) == (approved["credit_note_id"], 1, "0.200000")
    with tenant_scope(invoice.organization_id):
        assert balances()["wallet"] == 100 * UNIT - 110_000


def test_a_line_says_what_was_disputed_of_it_and_what_can_be(owner: Caller, operator: Caller, invoice: Invoice) -> None:
    def line() -> Any:
        return owner.get(f"/invoices/{invoice.id}").json()["lines"][0]

    assert (line()["disputes"], line()["disputable"]) == ([], "0.300000")
    body = {"line": 1, "reason": "It trained on broken data", "amount": "0.20"}
    opened = owner.post(f"/invoices/{invoice.id}/disputes", body).json()
    assert (line()["disputes"], line()["allowed_actions"]) == ([opened], [])
    [seen] = operator.get("/admin/disputes").json()["data"]
    assert (seen["invoice_number"], seen["allowed_actions"]) == ("INV-000001", ["approve", "reject"])
    assert seen["line_description"] == line()["description"]
    decided = operator.post(f"/admin/disputes/{seen['id']}/approve", {"amount": "0.10", "decision": "Half"}).json()
    assert decided == seen | {key: decided[key] for key in ("state", "decision", "decided_at", "credit_note_id")} | {
        "allowed_actions": []
    }
    assert (line()["disputable"], line()["allowed_actions"]) == ("0.200000", ["dispute"])
    assert [each["decision"] for each in line()["disputes"]] == ["Half"]
    assert owner.post(f"/invoices/{invoice.id}/disputes", {"line": 1, "reason": "The rest"}).status_code == 201
    [rest, _] = operator.get("/admin/disputes").json()["data"]
    assert operator.post(f"/admin/disputes/{rest['id']}/approve").status_code == 200
    assert (line()["disputable"], line()["allowed_actions"]) == ("0.000000", [])


def test_an_open_month_has_nothing_to_dispute(owner: Caller, invoice: Invoice, pool: Pool) -> None:
    with tenant_scope(invoice.organization_id):
        train(pool_id=pool.id, ended_at=FEBRUARY + timedelta(days=9), job_id="job_3")
    draft = owner.get("/invoices").json()["data"][0]
    [line] = owner.get(f"/invoices/{draft['id']}").json()["lines"]
    assert (draft["state"], line["allowed_actions"]) == ("draft", [])


def test_teammates_do_not_dispute_and_outsiders_find_nothing(
    teammate: Caller, outsider: Caller, invoice: Invoice
) -> None:
    body = {"line": 1, "reason": "Mine"}
    assert teammate.post(f"/invoices/{invoice.id}/disputes", body).status_code == 403
    assert outsider.post(f"/invoices/{invoice.id}/disputes", body).status_code == 404


def test_a_statement_leads_from_one_balance_to_the_other(owner: Caller, invoice: Invoice) -> None:
    found = owner.get("/statement", **{"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}).json()
    assert (found["opening_balance"], found["closing_balance"]) == ("0.000000", "99.690000")
    assert sum(round(float(each["amount"]) * UNIT) for each in found["movements"]) == 99_690_000
    assert all(each["kind"] not in ("hold", "release") for each in found["movements"])
