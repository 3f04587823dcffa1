"""What is fetched from nowhere: sources that are not allowed, not there, too large, or lead elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.imports import TABLE, Host, allow, begun, dataset_id, host
from tests.support.loopback import Answered, Asked
from tests.support.platform import Caller
from trainyard.datasets import imports, uploads
from trainyard.datasets.models import DatasetImport, ResumableUpload

__all__ = ["begun", "dataset_id", "host"]

ALL = "https://*"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "source_not_found"), (410, "source_not_found"), (403, "source_denied"), (400, "source_unavailable")],
)
def test_what_is_not_there_fails_at_once(host: Host, begun: Any, status: int, code: str) -> None:
    host.instead = lambda asked: (status, {}, b"")
    failed = begun(host.url).run()
    assert (failed["state"], failed["error"]["code"], failed["version_id"]) == ("failed", code, None)
    assert str(status) in failed["error"]["message"]


def test_a_source_that_is_busy_is_asked_again_and_not_for_ever(host: Host, begun: Any) -> None:
    host.instead = lambda asked: (503, {}, b"")
    made = begun(host.url)
    for tries in range(1, len(imports.DELAYS) + 1):
        assert made.run(later=timedelta(hours=tries))["state"] == "queued"
    last = made.run(later=timedelta(hours=9))
    assert (last["state"], last["error"]["code"]) == ("failed", "source_unavailable")


def test_what_is_too_large_or_of_no_stated_size_is_left_alone(settings: Settings, host: Host, begun: Any) -> None:
    allow(settings, max_upload_bytes=100)
    assert begun(host.url).run()["error"]["code"] == "source_too_large"
    allow(settings, max_upload_bytes=10**9, max_stored_bytes=100)
    assert begun(host.url).run()["error"]["code"] == "storage_quota_exceeded"
    host.instead = lambda asked: (200, {"Content-Length": "many"}, TABLE)
    assert begun(host.url).run()["error"]["code"] == "source_length_unknown"
    assert not ResumableUpload.across_tenants.exists()


def test_redirects_are_followed_where_each_address_is_allowed(settings: Settings, host: Host, begun: Any) -> None:
    def redirect(to: str) -> Callable[[Asked], Answered]:
        def answer(asked: Asked) -> Answered:
            host.instead = None
            return 302, {"Location": to}, b""

        return answer

    host.instead = redirect("/other.csv")
    assert begun(host.url).run()["state"] == "finished"
    host.instead = redirect("https://elsewhere.example/other.csv")
    allow(settings, import_sources=("https://127.0.0.1",))
    refused = begun(host.url).run()
    assert (refused["state"], refused["error"]["code"]) == ("failed", "source_not_allowed")
    one = begun(host.url)
    allow(settings, outbound_allowed_networks=("127.0.0.2/32",))
    assert one.run()["error"]["code"] == "address_refused"


def test_round_in_circles_is_given_up(host: Host, begun: Any) -> None:
    host.instead = lambda asked: (302, {"Location": asked.target}, b"")
    assert begun(host.url).run()["error"]["code"] == "source_redirects"
    assert len(host.asked) == 6


@pytest.mark.parametrize(
    ("sources", "url", "code"),
    [
        ((), "https://data.example/a.csv", "source_not_allowed"),
        (("https://data.example",), "https://data.example.org/a.csv", "source_not_allowed"),
        (("https://*.data.example",), "https://data.example/a.csv", "source_not_allowed"),
        ((ALL,), "s3://bucket/a.csv", "source_not_allowed"),
        (("s3://bucket/public",), "s3://bucket/publicity/a.csv", "source_not_allowed"),
        (("s3://bucket/public",), "s3://bucket/public/../a.csv", "source_not_allowed"),
        ((ALL,), "ftp://data.example/a.csv", "address_refused"),
        ((ALL,), "https://user:word@data.example/a.csv", "address_refused"),
    ],
)
def test_what_the_operators_do_not_allow_is_refused(
    owner: Caller, settings: Settings, dataset_id: str, sources: tuple[str, ...], url: str, code: str
) -> None:
    allow(settings, import_sources=sources)
    answer = owner.post(f"/datasets/{dataset_id}/imports", {"url": url})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (400, "url", code)
    assert not DatasetImport.across_tenants.exists()


def test_an_import_is_its_organizations_and_its_writers(
    owner: Caller, teammate: Caller, outsider: Caller, host: Host, dataset_id: str, begun: Any
) -> None:
    made = begun(host.url)
    path = f"/datasets/{dataset_id}/imports"
    assert teammate.get(made.path).status_code == 200
    assert teammate.post(path, {"url": host.url}).status_code == 403
    assert outsider.get(made.path).status_code == outsider.post(path, {"url": host.url}).status_code == 404
    assert outsider.delete(made.path).status_code == 404
    once = [owner.post(path, {"url": host.url}, **{"Idempotency-Key": "one"}).json()["id"] for _ in range(2)]
    assert once[0] == once[1]


def test_one_waits_while_too_many_uploads_are_unfinished(
    host: Host, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = begun(host.url)
    with monkeypatch.context() as full:
        full.setattr(uploads, "MOST_UNFINISHED", 0)
        waiting = made.run()
    assert (waiting["state"], waiting["error"]["code"]) == ("queued", "too_many_uploads")
    assert made.run(later=timedelta(minutes=1))["state"] == "finished"
