"""Where an estimate comes from, what a binding quote promises, and how good quotes were."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench, spec_of
from tests.support.platform import Caller
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import estimates, quotes
from trainyard.jobs.accounting.binding import QuoteNotValid
from trainyard.jobs.models import Job
from trainyard.jobs.operations import submit
from trainyard_spec.training import TrainingSpec


def test_where_nothing_was_measured_a_model_says_so(owner: Caller, bench: Bench) -> None:
    quote = owner.post("/jobs/quote", spec_of(bench.version)).json()
    estimate = quote["estimate"]
    assert (estimate["source"], quote["binding"]) == ("cost_model", None)
    assert "model of cost" in estimate["basis"]
    assert 0 < estimate["seconds_low"] < estimate["seconds_high"]


def test_a_minute_of_training_measures_the_spec_for_other_epochs_too(owner: Caller, bench: Bench) -> None:
    run = bench.run()
    run.report(run.progress(step=3, trained_seconds=1.0))
    Job.across_tenants.update(samples_per_second=400.0)
    told = owner.post("/jobs/quote", spec_of(bench.version, training={"epochs": 9, "batch_size": 64})).json()
    assert told["estimate"]["source"] == "measured"
    assert told["estimate"]["seconds_low"] == pytest.approx(9 * 800 / 400)
    other = owner.post("/jobs/quote", spec_of(bench.version, training={"epochs": 9, "batch_size": 32})).json()
    assert other["estimate"]["source"] == "cost_model"


def test_other_jobs_on_the_pool_calibrate_the_model_for_the_first_job_of_a_spec(owner: Caller, bench: Bench) -> None:
    """All were twice as fast as the model says, however large their batches."""
    for size in (8, 16, 32, 64, 128):
        assert estimate_of(owner, bench, batch_size=256)["source"] == "cost_model"
        bench.submit(training={"epochs": 5, "batch_size": size})
        for job in Job.across_tenants.filter(samples_per_second=None):
            assert job.estimate is not None
            job.samples_per_second = 2 * job.estimate["modelled_samples_per_second"]
            job.save(update_fields=["samples_per_second"])
    told = estimate_of(owner, bench, batch_size=256)
    bench.submit(training={"epochs": 5, "batch_size": 256})
    newest = Job.across_tenants.latest("id")
    assert newest.estimate is not None
    assert told["source"] == newest.estimate["source"] == "calibrated_model"
    assert "your last 5 jobs" in told["basis"]
    expected = 5 * 800 / (2 * newest.estimate["modelled_samples_per_second"])
    assert told["seconds_low"] == told["seconds_high"] == pytest.approx(expected, abs=0.001)


def test_jobs_that_the_model_does_not_count_calibrate_nothing(owner: Caller, bench: Bench) -> None:
    bench.submit()
    job = Job.across_tenants.get()
    assert job.estimate is not None
    job.estimate |= {"modelled_samples_per_second": None}
    job.samples_per_second = 9.0
    job.save(update_fields=["estimate", "samples_per_second"])
    with tenant_scope(bench.organization.id):
        assert estimates.ratios_of(bench.pool) == []
    assert estimate_of(owner, bench, batch_size=8)["source"] == "cost_model"


def test_jobs_of_others_calibrate_nothing(owner: Caller, outsider: Caller, bench: Bench) -> None:
    bench.submit()
    Job.across_tenants.update(samples_per_second=1.0)
    with tenant_scope(str(outsider.organization and outsider.organization.id)):
        assert estimates.ratios_of(bench.pool) == []
    with tenant_scope(bench.organization.id):
        assert len(estimates.ratios_of(bench.pool)) == 1


def estimate_of(caller: Caller, bench: Bench, *, batch_size: int) -> dict[str, Any]:
    spec = spec_of(bench.version, training={"epochs": 5, "batch_size": batch_size})
    estimate: dict[str, Any] = caller.post("/jobs/quote", spec).json()["estimate"]
    return estimate


@pytest.fixture
def measured(bench: Bench) -> Bench:
    bench.run().succeed()  # at 500 samples a second: 8 seconds for 4,000 samples, 0.000800
    return bench


def test_a_binding_quote_is_the_most_that_a_job_costs_though_it_goes_on(owner: Caller, measured: Bench) -> None:
    bench = measured
    binding = owner.post("/jobs/quote", spec_of(bench.version)).json()["binding"]
    assert binding["maximum"] == "0.001000"
    answer = owner.post("/jobs", {**spec_of(bench.version), "accept_quote": binding["id"]})
    assert (answer.status_code, answer.json()["cost"]["cap"]) == (201, "0.001000")
    assert "accept_quote" not in answer.json()["spec"]
    run = bench.claim()
    assert run is not None
    run.start()
    assert run.train(6, step=10) == "run"
    run.checkpoint(10)
    assert bench.billed_micros(run.job) == 600
    assert run.train(30, step=20) == "run"
    run.checkpoint(20)
    assert bench.billed_micros(run.job) == 1_000
    job = run.succeed(seconds=60)
    assert (job.state, bench.billed_micros(job), bench.held_micros()) == ("succeeded", 1_000, 0)


def test_who_needs_less_than_the_quote_pays_less(owner: Caller, measured: Bench) -> None:
    binding = owner.post("/jobs/quote", spec_of(measured.version)).json()["binding"]
    owner.post("/jobs", {**spec_of(measured.version), "accept_quote": binding["id"]})
    run = measured.claim()
    assert run is not None
    run.start().train(5, step=10)
    job = run.succeed()
    assert measured.billed_micros(job) == 500


def test_a_job_that_was_paused_keeps_its_quote(owner: Caller, measured: Bench) -> None:
    bench = measured
    binding = owner.post("/jobs/quote", spec_of(bench.version)).json()["binding"]
    owner.post("/jobs", {**spec_of(bench.version), "accept_quote": binding["id"]})
    run = bench.claim()
    assert run is not None
    run.start()
    run.train(30, step=10)
    run.checkpoint(10)
    bench.pause(run.job)
    run.finish()
    bench.resume(run.job)
    again = bench.claim()
    assert again is not None
    assert again.start(10).train(5, step=20) == "run"
    assert bench.billed_micros(again.succeed(seconds=5)) == 1_000


def test_a_quote_is_for_one_spec_one_organization_and_a_day(owner: Caller, outsider: Caller, measured: Bench) -> None:
    spec = spec_of(measured.version)
    quote_id = owner.post("/jobs/quote", spec).json()["binding"]["id"]
    for body in (
        spec | {"accept_quote": quote_id, "training": {"epochs": 6, "batch_size": 64}},
        spec | {"accept_quote": quote_id[:-2]},
        spec | {"accept_quote": "qt_none"},
        spec | {"accept_quote": 7},
    ):
        answer = owner.post("/jobs", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "accept_quote")
    parsed = TrainingSpec.model_validate(spec)
    with tenant_scope(measured.organization.id):
        old = quotes.quote(spec=parsed, now=measured.now).binding
        assert old is not None
    measured.pass_time(timedelta(days=2).total_seconds())
    with pytest.raises(QuoteNotValid, match="expired"), tenant_scope(measured.organization.id):
        submit(spec=parsed, accept_quote=old.id, created_by="tests", now=measured.now)
    assert Job.across_tenants.count() == 1
    renamed = owner.post("/jobs", spec | {"accept_quote": quote_id, "name": "another"})
    assert renamed.status_code == 201


def test_operators_see_how_good_quotes_were(operator: Caller, owner: Caller, bench: Bench) -> None:
    assert operator.get("/admin/quote-accuracy").json() == {
        "jobs": 0, "median_error": None, "within_range": None, "by_source": []
    }  # fmt: skip
    for seconds in (10, 8, 10):
        run = bench.run()
        run.train(seconds, step=10)
        run.succeed()
    Job.across_tenants.update(finished_at=bench.now + timedelta(days=3_000))
    told = operator.get("/admin/quote-accuracy").json()
    assert told["jobs"] == 3
    measured: dict[str, Any] = next(each for each in told["by_source"] if each["source"] == "measured")
    assert (measured["jobs"], measured["median_error"], measured["within_range"]) == (2, 0.1, 0.5)
    assert owner.get("/admin/quote-accuracy").status_code == 403
    assert operator.get("/admin/quote-accuracy", days=0).status_code == 400


def test_presets_can_be_submitted_as_they_are_told(owner: Caller, bench: Bench) -> None:
    told = owner.post("/jobs/quote", spec_of(bench.version, training={"batch_size": 64})).json()
    presets = {each["name"]: each["training"] for each in told["presets"]}
    assert list(presets) == ["fast", "balanced", "best"]
    epochs = []
    for training in presets.values():
        answer = owner.post("/jobs", spec_of(bench.version, training={"batch_size": 64, **training}))
        assert answer.status_code == 201, answer.content
        epochs.append(owner.post("/jobs/quote", answer.json()["spec"]).json()["training"]["epochs"])
    assert epochs == sorted(set(epochs))
