"""Two months of a customer on a real platform, by its test clock: every amount is computed here, to the micro-unit.

Price book, plan, sign-up, top-up, training, the month's end, payment, documents, usage that a cut-off worker tells of
late, a credit note and the next month, in the time zone of St. John's, half an hour off everybody else's hours.
"""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from facturx import get_xml_from_pdf
from lxml import etree

from tests.support.clocked_platform import CLOCKED, calendar, calls, move_calendar, told
from tests.support.embedded import REPOSITORY, Embedded
from tests.support.mailbox import link_to
from tests.support.processes import living
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.waiting import wait_for
from trainyard_client import Client

pytestmark = [CLOCKED, pytest.mark.timeout(600)]

ZONE = ZoneInfo("America/St_Johns")
PRICE, FEE, TAX = Decimal("0.123456789"), Decimal("40.00"), Decimal("0.2")
MOST = "2.00"
SELLER = {"name": "Yard GmbH", "city": "Berlin", "country": "DE", "vat_id": "DE136695976", "number_prefix": "WALK"}
BUYER = {"legal_name": "Meadow SAS", "city": "Lyon", "country": "FR", "time_zone": ZONE.key}
CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
SUMS = "{*}SpecifiedTradeSettlementHeaderMonetarySummation"
SHORT, LONG = {"epochs": 2, "batch_size": 64}, {"epochs": 150, "batch_size": 8}
"""The long one trains for a few seconds, in which its worker is cut off."""


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    return amount.quantize(unit, rounding=ROUND_HALF_EVEN)


def next_month(of: datetime) -> datetime:
    """The first instant of the month after ``of`` where the customer is, in UTC."""
    local = of.astimezone(ZONE)
    years, month = divmod(local.month, 12)
    return datetime(local.year + years, month + 1, 1, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture(scope="module")
def operator(clocked_platform: Embedded) -> Iterator[httpx.Client]:
    """Who sells, in the middle of a month, at a price that is in force."""
    with calls(clocked_platform, clocked_platform.facts["admin_api_key"]) as operator:
        told(operator.post("/admin/legal-entity", json=SELLER))
        rate = {"country": "FR", "percent": "20", "effective_from": "2026-01-01T00:00:00Z"}
        told(operator.post("/admin/tax-rates", json=rate))
        soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        pool = told(operator.get("/admin/pools"))["data"][0]["id"]
        price = {"per_slot_second": str(PRICE), "effective_from": soon}
        told(operator.post(f"/admin/pools/{pool}/prices", json=price))
        move_calendar(operator, next_month(calendar(operator)) + timedelta(days=9, hours=7))
        yield operator


@pytest.fixture(scope="module")
def key(clocked_platform: Embedded, operator: httpx.Client) -> str:
    """An API key of somebody who signed up by mail."""
    origin, email = clocked_platform.facts["base_url"], f"{uuid4().hex[:12]}@meadow.example"
    accounts = f"{origin}/_allauth/app/v1/auth"
    asked = {"email": email, "password": "correct horse battery", "organization": "Meadow Labs"}
    begun = httpx.post(f"{accounts}/signup", json=asked, timeout=60)
    assert begun.status_code == 401, "the address is to be confirmed first"
    confirmed = {"key": unquote(link_to(clocked_platform, email, "verify-email").rpartition("/")[2])}
    headers = {"X-Session-Token": begun.json()["meta"]["session_token"]}
    verified = told(httpx.post(f"{accounts}/email/verify", json=confirmed, headers=headers, timeout=60))
    session = verified["meta"].get("session_token", headers["X-Session-Token"])
    with httpx.Client(base_url=f"{origin}/api/v1", headers={"X-Session-Token": session}, timeout=60) as owner:
        told(owner.patch("/organization/billing-profile", json=BUYER))
        secret: str = told(owner.post("/api-keys", json={"name": "walk", "role": "owner"}))["secret"]
    return secret


@pytest.fixture
def customer(clocked_platform: Embedded, key: str) -> Iterator[Client]:
    with Client(base_url=clocked_platform.facts["base_url"], api_key=key) as customer:
        yield customer


@pytest.fixture
def me(clocked_platform: Embedded, key: str) -> Iterator[httpx.Client]:
    """The same customer, by plain HTTP."""
    with calls(clocked_platform, key) as me:
        yield me


def test_every_amount_of_two_months_is_what_a_hand_computes(
    clocked_platform: Embedded, operator: httpx.Client, customer: Client, me: httpx.Client, tmp_path: Path
) -> None:
    table = upload_table(customer, tmp_path)
    wait_for(lambda: PRICE in prices_in_force(customer))

    first_end = next_month(calendar(operator))
    told(me.post("/top-ups", json={"amount": "34.00"}))
    fee = fee_of_a_plan(operator, me, first_end)
    on_time = trained(customer, table, "on time")
    with cut_off_worker(clocked_platform, customer, table) as late_id:
        spendable = amount_of(me, "/wallet", "available")
        assert spendable == Decimal("34.00") - fee - charge(customer, on_time) - Decimal(MOST)
        move_calendar(operator, first_end)
        first = wait_for(lambda: newest_finalized(me))
    customer.jobs.wait(late_id, check=True)
    subtotal = rounded(charge(customer, on_time), CENT) + rounded(fee, CENT)
    assert_amounts(first, [("job", charge(customer, on_time), ""), ("plan", fee, "")])
    due = Decimal(first["total"]) - charge(customer, on_time) - fee - spendable
    assert (first["state"], Decimal(first["due"])) == ("finalized", due), "the wallet had less than the tax"
    assert_documents(me, first, tmp_path)

    pays_and_is_credited(operator, me, first)

    told(me.post("/top-ups", json={"amount": "8.00"}))
    second_id = trained(customer, table, "second")
    second_end = next_month(first_end)
    move_calendar(operator, second_end)
    second = wait_for(lambda: newest_finalized(me, but=first["id"]))
    late, own = charge(customer, late_id), charge(customer, second_id)
    assert_amounts(second, [("job", own, ""), ("job", late, f"{first['period']['month']}")])
    assert (second["state"], second["period"]["start"]) == ("paid", first["period"]["end"])
    assert Decimal(second["payable"]) == 0
    assert_documents(me, second, tmp_path)
    credit = Decimal("34.00") + Decimal("8.00") + Decimal("1.20")
    spent = (subtotal + rounded(subtotal * TAX, CENT) - due) + Decimal(second["total"])
    assert amount_of(me, "/wallet", "available") == credit - spent


def fee_of_a_plan(operator: httpx.Client, me: httpx.Client, end: datetime) -> Decimal:
    """What the rest of the month costs somebody who takes a plan and ends it at once."""
    plan = told(operator.post("/admin/plans", json={"name": uuid4().hex[:8], "monthly_fee": str(FEE)}))
    told(me.post("/organization/plan", json={"plan": plan["id"]}))
    return fee_share(told(me.post("/organization/plan", json={"plan": None})), end)


def pays_and_is_credited(operator: httpx.Client, me: httpx.Client, invoice: dict[str, Any]) -> None:
    """Pays all that is due by a transfer, and is given 1.20 back for the second line."""
    transfer = {"amount": invoice["due"], "reference": invoice["number"]}
    assert told(operator.post(f"/admin/invoices/{invoice['id']}/pay", json=transfer))["state"] == "paid"
    given = {"amount": "1.20", "reason": "A slow disk", "line": 2}
    note = told(operator.post(f"/admin/invoices/{invoice['id']}/credit-notes", json=given))
    assert (note["net"], note["tax"]) == ("1.000000", "0.200000")
    assert_credit_note(me, note)


def prices_in_force(customer: Client) -> list[Decimal]:
    return [Decimal(str(each.price.per_slot_second)) for each in customer.billing.prices() if each.price is not None]


def fee_share(begun: dict[str, Any], end: datetime) -> Decimal:
    """The fee of the rest of the month, by the microsecond: a share of nine decimals, rounded down."""
    start, until = (datetime.fromisoformat(begun[name]) for name in ("paid_from", "paid_until"))
    assert until == end
    local = start.astimezone(ZONE)
    month = end - datetime(local.year, local.month, 1, tzinfo=ZONE).astimezone(UTC)
    share = Decimal((end - start) // timedelta(microseconds=1) * 10**9 // (month // timedelta(microseconds=1)))
    return rounded(share.scaleb(-9) * FEE, MICRO)


def trained(customer: Client, table: str, name: str) -> str:
    """The id of a job that has trained to its end."""
    spec = table_spec(table, **SHORT) | {"name": name, "limits": {"max_cost": MOST}}
    return str(customer.jobs.wait(customer.jobs.submit(spec).id, check=True).id)


@contextmanager
def cut_off_worker(platform: Embedded, customer: Client, table: str) -> Iterator[str]:
    """A job that has trained to its end, which nobody was told yet: its worker stands still while the block runs."""
    worker = platform.service("trainyard_worker")
    wait_for(lambda: not living(platform.engines()))  # nothing of what others trained here is still to be stopped
    job = customer.jobs.submit(table_spec(table, **LONG) | {"name": "late", "limits": {"max_cost": MOST}})
    wait_for(lambda: any(each.training_started_at for each in customer.jobs.attempts(job.id)))
    worker.suspend()
    try:
        wait_for(lambda: not living(platform.engines()))
        assert customer.jobs.get(job.id).state == "running", "it is to end while its worker stands still"
        yield job.id
    finally:
        worker.resume()


def charge(customer: Client, job_id: str) -> Decimal:
    """Seconds that count times the price, rounded once to the micro-unit."""
    billed = [row for row in customer.jobs.usage(job_id) if row.billed]
    seconds = sum((Decimal(str(row.seconds)) for row in billed), Decimal(0))
    assert seconds > 0
    return rounded(rounded(seconds, MICRO) * PRICE, MICRO)


def amount_of(me: httpx.Client, path: str, name: str) -> Decimal:
    return Decimal(told(me.get(path))[name])


def newest_finalized(me: httpx.Client, *, but: str = "") -> dict[str, Any] | None:
    found = next((each for each in told(me.get("/invoices"))["data"] if each["number"]), None)
    return None if found is None or found["id"] == but else told(me.get(f"/invoices/{found['id']}"))


def assert_amounts(invoice: dict[str, Any], lines: list[tuple[str, Decimal, str]]) -> None:
    """Its lines are these: kind, what was charged, and the month that it is late for; its sums follow from them."""
    assert [(each["kind"], Decimal(each["charged"]), each["late_for"]) for each in invoice["lines"]] == lines
    amounts = [rounded(charged, CENT) for _, charged, _ in lines]
    assert [Decimal(each["amount"]) for each in invoice["lines"]] == amounts
    subtotal, tax = sum(amounts), rounded(sum(amounts) * TAX, CENT)
    assert [Decimal(invoice[name]) for name in ("subtotal", "tax", "total")] == [subtotal, tax, subtotal + tax]
    assert Decimal(invoice["rounding"]) == subtotal - sum(charged for _, charged, _ in lines)


def assert_documents(me: httpx.Client, invoice: dict[str, Any], directory: Path) -> None:
    """Each form of an invoice tells the same amounts, and the command computes them anew without a network."""
    path = f"/invoices/{invoice['id']}"
    rows = list(csv.DictReader(io.StringIO(me.get(f"{path}/csv").text)))
    assert [row["charged"] for row in rows] == [line["charged"] for line in invoice["lines"]]
    costs = csv.DictReader(io.StringIO(me.get("/focus", params={"invoice": invoice["id"]}).text))
    assert sum(Decimal(row["BilledCost"]) for row in costs) == Decimal(invoice["payable"])
    assert sums_of(me.get(f"{path}/pdf").content) == {
        "TaxBasisTotalAmount": Decimal(invoice["subtotal"]),
        "TaxTotalAmount": Decimal(invoice["tax"]),
        "GrandTotalAmount": Decimal(invoice["total"]),
        "DuePayableAmount": Decimal(invoice["due"]),
    }
    files = directory / "invoice.json", directory / "journal.jsonl"
    for file, answer in zip(files, (me.get(path), me.get(f"{path}/journal")), strict=True):
        file.write_bytes(answer.content)
    command = [sys.executable, "-m", "trainyard_client", "billing", "recompute", *map(str, files)]
    done = subprocess.run(command, cwd=REPOSITORY / "sdk", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith(f"add up to {Decimal(invoice['total']):.2f}."), done.stdout


def sums_of(pdf: bytes) -> dict[str, Decimal]:
    """What the electronic document in a PDF sums up to; it is checked by the norm's schema."""
    _, xml = get_xml_from_pdf(pdf, check_xsd=True)
    found = {etree.QName(each).localname: each.text for each in etree.fromstring(xml).find(f".//{SUMS}")}
    wanted = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "DuePayableAmount")
    return {name: Decimal(found[name]) for name in wanted}


def assert_credit_note(me: httpx.Client, note: dict[str, Any]) -> None:
    assert sums_of(me.get(f"/credit-notes/{note['id']}/pdf").content) == {
        "TaxBasisTotalAmount": Decimal(note["net"]),
        "TaxTotalAmount": Decimal(note["tax"]),
        "GrandTotalAmount": Decimal(note["total"]),
        "DuePayableAmount": Decimal(note["total"]),
    }
