"""Usage by day, and by pool, job or member, under the names that people know."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.billing import SECOND, UNIT, credit, keep
from tests.support.invoices import train
from tests.support.jobs import Bench, bench
from tests.support.movable_clock import movable_clock
from tests.support.platform import START, Caller
from trainyard.billing import holds
from trainyard.billing.calendar import clock
from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices.models import JOB_NAME_MAX_LENGTH
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs.accounting import usage_summary
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

__all__ = ["bench", "movable_clock"]

PATH = "/usage/summary"


def bill(bench: Bench, seconds: float, **changes: str) -> str:
    """A job of so many seconds; its id."""
    run = bench.run(**changes)
    run.start()
    run.train(seconds, step=10)
    return str(run.succeed(seconds=seconds).id)


@pytest.fixture
def used(bench: Bench) -> Bench:
    bench.now = database_now() - timedelta(hours=1)
    type(bench.worker).objects.update(last_heartbeat_at=database_now())
    return bench


def test_it_is_told_by_pool_job_and_member(used: Bench, owner: Caller, teammate: Caller, outsider: Caller) -> None:
    first, second = bill(used, 100, name="long"), bill(used, 50, name="short")
    pools = teammate.get(PATH).json()
    assert (pools["amount"], pools["currency"], pools["slot_seconds"]) == ("0.015000", "USD", 150.0)
    assert [(group["name"], group["amount"]) for group in pools["groups"]] == [("default", "0.015000")]
    until = (database_now() + timedelta(hours=1)).isoformat()
    jobs = owner.get(PATH, by="job", to=until).json()
    assert [(group["key"], group["name"]) for group in jobs["groups"]] == [(first, "long"), (second, "short")]
    assert sum(day["slot_seconds"] for day in jobs["days"]) == 150.0
    members = owner.get(PATH, by="member").json()
    assert [group["amount"] for group in members["groups"]] == ["0.015000"]
    assert outsider.get(PATH).json()["groups"] == []


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("by", ["pool", "job", "member"])
def test_days_are_those_of_the_organizations_time_zone(
    owner: Caller, organization: Organization, pool: Pool, zone: str, by: str
) -> None:
    credit(organization.id, UNIT)
    owner.patch("/organization/billing-profile", {"time_zone": zone})
    midnight = datetime(2026, 3, 10, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    second = timedelta(seconds=1)
    with tenant_scope(organization.id):
        for number, at in enumerate((midnight - second, midnight, midnight + timedelta(days=1) - second)):
            train(pool_id=pool.id, ended_at=at, seconds=10 + number, job_id=f"job_{number}")
    period = {"from": (midnight - timedelta(days=3)).isoformat(), "to": (midnight + timedelta(days=3)).isoformat()}
    found = owner.get(PATH, by=by, **period).json()
    assert found["time_zone"] == zone
    of_day: Counter[str] = Counter()
    for row in found["days"]:
        of_day[row["day"]] += row["slot_seconds"]
    assert of_day == {"2026-03-09": 10.0, "2026-03-10": 23.0}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.usefixtures("movable_clock")
def test_the_month_so_far_begins_when_the_open_invoice_does(
    owner: Caller, operator: Caller, organization: Organization, pool: Pool, zone: str
) -> None:
    """On the hours in which it is another month in the organization's time zone than by UTC."""
    credit(organization.id, UNIT)
    owner.patch("/organization/billing-profile", {"time_zone": zone})
    begins = Month.of(database_now(), zone).next().start(zone)
    hour = timedelta(hours=1)
    moved = operator.post("/admin/test-clock", {"now": (begins + hour).isoformat()})
    assert moved.status_code == 200, moved.json()
    began = begins - clock.offset()  # when that was by the clock, which usage carries
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=began - timedelta(seconds=1), seconds=10, job_id="job_before")
        train(pool_id=pool.id, ended_at=began + timedelta(seconds=1), seconds=7, job_id="job_within")
    found = owner.get(PATH, by="job", month="current").json()
    assert ([group["key"] for group in found["groups"]], found["slot_seconds"]) == (["job_within"], 7.0)


def test_it_asks_as_often_however_much_was_used(owner: Caller, organization: Organization, pool: Pool) -> None:
    """And of the many jobs it reads those that it shows, and how much the others are together."""
    credit(organization.id, UNIT)
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    period = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-31T00:00:00Z", "by": "job"}

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert owner.get(PATH, **period).status_code == 200
        return len(found)

    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=at, seconds=10, job_id="job_0")
        assert asked()  # a key's first call writes that it is in use
        before = asked()
        for number in range(1, 40):
            train(pool_id=pool.id, ended_at=at + timedelta(hours=number), seconds=10 + number, job_id=f"job_{number}")
    assert asked() == before
    summary = owner.get(PATH, **period).json()
    assert len(summary["groups"]) == usage_summary.MOST_GROUPS + 1
    assert sum(group["slot_seconds"] for group in summary["groups"]) == summary["slot_seconds"]
    assert sum(day["slot_seconds"] for day in summary["days"]) == summary["slot_seconds"]


def test_a_training_session_is_told_by_its_name_and_member(
    owner: Caller, organization: Organization, pool: Pool
) -> None:
    credit(organization.id, UNIT)
    with tenant_scope(organization.id):
        holds.reserve_funds(job_id="ses_1", job_name="tune " * 40, created_by="usr_1", cap_micros=10**6, now=START)
        keep(pool_id=pool.id, job_id="ses_1", begin=0, end=SECOND, now=START)
    period = {"from": (START - timedelta(days=1)).isoformat(), "to": (START + timedelta(days=1)).isoformat()}
    [job] = owner.get(PATH, by="job", **period).json()["groups"]
    [member] = owner.get(PATH, by="member", **period).json()["groups"]
    assert job["name"] == ("tune " * 40)[:JOB_NAME_MAX_LENGTH]
    assert member["key"] == "usr_1"


def test_what_cost_least_is_told_together(used: Bench, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_summary, "MOST_GROUPS", 1)
    for seconds in (100, 50, 25):
        bill(used, seconds)
    found = owner.get(PATH, by="job").json()
    assert [(bool(group["key"]), group["slot_seconds"]) for group in found["groups"]] == [(True, 100.0), (False, 75.0)]
    assert {day["key"]: day["slot_seconds"] for day in found["days"]}[""] == 75.0


@pytest.mark.parametrize(
    "query",
    [{"by": "mood"}, {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, {"from": "2020-01-01T00:00:00Z"}],
)
def test_a_wrong_period_or_grouping_is_refused(owner: Caller, query: dict[str, str]) -> None:
    assert owner.get(PATH, **query).status_code == 400


def test_usage_names_its_job(used: Bench, owner: Caller) -> None:
    bill(used, 10, name="digits")
    assert {row["job_name"] for row in owner.get("/usage").json()["data"]} == {"digits"}
