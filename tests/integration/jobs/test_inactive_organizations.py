"""A suspended organization's jobs stop with a checkpoint and go on afterwards; nobody acts for it meanwhile."""

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.core.models import AuditEvent
from trainyard.core.time import database_now
from trainyard.jobs.models import Job
from trainyard.jobs.reconcile import inactive_organizations
from trainyard.tenants.models import Organization
from trainyard_spec.states import DesiredState


def test_running_jobs_stop_with_a_checkpoint_and_go_on_later(bench: Bench, operator: Caller) -> None:
    run, waiting = bench.run(), bench.submit()
    run.train(30, step=10)
    path = f"/admin/organizations/{bench.organization.id}"
    assert operator.post(f"{path}/suspend").json()["state"] == "suspended"
    assert inactive_organizations.stop_jobs(now=bench.now) == 1
    assert run.train(5, step=12) == DesiredState.STOP_WITH_CHECKPOINT
    run.checkpoint(12)
    run.finish()
    job = Job.across_tenants.get(id=run.job.id)
    assert (job.state, job.reason) == ("queued", "suspended")
    assert bench.billed_micros(job) > 0
    assert bench.claim() is None, "neither it nor the one that waited"
    assert inactive_organizations.stop_jobs(now=bench.now) == 0

    assert operator.post(f"{path}/reactivate").json()["state"] == "active"
    again = bench.claim()
    assert again is not None
    assert {again.job.id, waiting.id} >= {again.job.id}
    resumed = again if again.job.id == job.id else bench.claim(free_slots=2)
    assert resumed is None or resumed.claim.resume is not None


def test_asking_twice_changes_nothing(bench: Bench) -> None:
    bench.run()
    Organization.objects.update(state=Organization.State.SUSPENDED)
    assert [inactive_organizations.stop_jobs(now=bench.now) for _ in range(2)] == [1, 0]


def test_a_closing_organization_keeps_no_job(bench: Bench) -> None:
    run, waiting = bench.run(), bench.submit()
    Organization.objects.update(state=Organization.State.CLOSING)
    assert inactive_organizations.stop_jobs(now=bench.now) == 2
    assert run.train(5, step=12) == DesiredState.CANCEL
    assert Job.across_tenants.get(id=waiting.id).state == "cancelled"
    assert inactive_organizations.stop_jobs(now=bench.now) == 0


def test_its_keys_open_nothing_and_only_operators_change_that(
    owner: Caller, operator: Caller, organization: Organization
) -> None:
    path = f"/admin/organizations/{organization.id}"
    assert owner.post(f"{path}/suspend").status_code == 403
    assert operator.post("/admin/organizations/org_of_nobody/suspend").status_code == 404
    assert operator.post(f"{path}/suspend").status_code == 200
    assert owner.get("/me").status_code == 401
    assert operator.post(f"{path}/suspend").status_code == 200
    operator.post(f"{path}/reactivate")
    assert owner.get("/me").status_code == 200
    events = AuditEvent.objects.filter(target=organization.id, action="organization.state").order_by("sequence")
    assert [(event.before["state"], event.after["state"]) for event in events] == [
        ("active", "suspended"),
        ("suspended", "active"),
    ]


def test_what_is_being_deleted_is_not_brought_back(operator: Caller, organization: Organization) -> None:
    Organization.objects.update(state=Organization.State.CLOSING, created_at=database_now())
    for act in ("suspend", "reactivate"):
        refused = operator.post(f"/admin/organizations/{organization.id}/{act}")
        assert (refused.status_code, refused.json()["code"]) == (409, "organization_deleted")
