"""The calls of docs/how-to/bill-customers.md, as they stand, and the worked example of docs/invoices.md."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.invoices import close, train
from tests.support.platform import Caller
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

DOCUMENT = Path(__file__).parents[3] / "docs" / "how-to" / "bill-customers.md"
CALL = re.compile(r"^`POST (/\S+)`\n```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
HOUR = 3_600


def test_from_prices_to_a_paid_invoice(owner: Caller, operator: Caller, organization: Organization, pool: Pool) -> None:
    soon = database_now() + timedelta(hours=1)
    known = {"pool": pool.id, "organization": organization.id, "soon": soon.isoformat()}
    for path, body in CALL.findall(DOCUMENT.read_text()):
        if "{invoice}" in path and "invoice" not in known:
            known["invoice"] = the_months_invoice(owner, organization, pool, trained_at=soon + timedelta(hours=3))
        for name, value in known.items():
            path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        answer = operator.post(path, json.loads(body))
        assert answer.status_code in (200, 201), (path, answer.json())
    paid = owner.get(f"/invoices/{known['invoice']}").json()
    assert (paid["state"], paid["number"]) == ("paid", "YARD-000001")
    assert (paid["subtotal"], paid["rounding"], paid["tax"], paid["total"]) == (
        "2.000000",
        "-0.000002",
        "0.400000",
        "2.400000",
    )
    assert (paid["lines"][0]["charged"], paid["paid"], paid["credited"]) == ("2.000002", "0.300000", "1.200000")


def the_months_invoice(owner: Caller, organization: Organization, pool: Pool, *, trained_at: datetime) -> str:
    """Two hours that a checkpoint holds; the third was lost with the platform's fault, and nothing bills it."""
    owner.patch("/organization/billing-profile", {"country": "FR"})
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=trained_at, seconds=2 * HOUR)
    [invoice] = close(organization.id, (trained_at + timedelta(days=40)).astimezone(UTC))
    return invoice.id
