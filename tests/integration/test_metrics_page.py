"""``GET /metrics``: figures for monitoring, read by the format's own parser, for operators alone."""

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.support.jobs import Bench, bench
from tests.support.platform import Caller

__all__ = ["bench"]


def page(caller: Caller) -> tuple[int, str]:
    answer = caller._client.get("/metrics")
    return answer.status_code, answer.content.decode()


def test_an_operator_reads_how_much_work_there_is(operator: Caller, bench: Bench) -> None:
    bench.run()
    bench.submit()
    status, text = page(operator)
    assert status == 200
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["trainyard_jobs", "running"] == 1
    assert found["trainyard_jobs", "queued"] == 1
    assert found["trainyard_workers", "active"] == 1


def test_nobody_else_does(owner: Caller, anonymous: Client) -> None:
    assert page(owner)[0] == 403
    assert anonymous.get("/metrics").status_code == 401
