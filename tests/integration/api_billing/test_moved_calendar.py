"""The test clock over the API, as operators and customers meet it."""

from datetime import timedelta

import pytest

from tests.support.billing import UNIT, credit
from tests.support.invoices import close, train
from tests.support.movable_clock import movable_clock
from tests.support.platform import Caller
from trainyard.billing.calendar import clock
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

__all__ = ["movable_clock"]


def test_the_calendar_cannot_be_moved_where_it_counts(operator: Caller) -> None:
    assert operator.post("/admin/test-clock", {"now": "2036-01-01T00:00:00Z"}).status_code == 404


@pytest.mark.usefixtures("movable_clock")
def test_a_moved_calendar_closes_months_and_dates_what_is_used_later(
    owner: Caller, operator: Caller, organization: Organization, pool: Pool
) -> None:
    assert owner.post("/admin/test-clock", {"now": "2036-01-01T00:00:00Z"}).status_code == 403
    credit(organization.id, UNIT)
    now = database_now()
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=now)
    target = (now + timedelta(days=62)).replace(day=2, hour=12)
    assert operator.post("/admin/test-clock", {"now": target.isoformat()}).status_code == 200
    assert timedelta(0) <= clock.calendar_now() - target < timedelta(minutes=5)
    [first] = close(organization.id, clock.calendar_now())
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=database_now(), job_id="job_2")
    [draft, _] = owner.get("/invoices").json()["data"]
    assert (draft["total"], draft["period"]["month"]) == ("0.010000", target.strftime("%Y-%m"))
    assert first.month == now.strftime("%Y-%m")
    back = operator.post("/admin/test-clock", {"now": now.isoformat()})
    assert back.json()["code"] == "test_clock_out_of_range"
