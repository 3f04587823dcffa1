"""A request to a name that is not the platform's: told what to do, and a line in the log, not a traceback."""

import pytest
from django.test import Client


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/", "/healthz"])
def test_it_is_refused_with_what_to_do(path: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = Client().get(path, headers={"host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    told = answer.json()
    assert told["code"] == "bad_request"
    assert "Host" in told["detail"]
    assert "TRAINYARD_ALLOWED_HOSTS" in told["hint"]
    assert [record for record in caplog.records if record.exc_info] == []
    assert any("host.refused" in record.getMessage() for record in caplog.records)
