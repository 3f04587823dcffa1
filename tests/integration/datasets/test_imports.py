"""Files that the platform fetches from an address, and goes on with where they broke off."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.imports import TABLE, Host, allow, begun, dataset_id, host, stored
from tests.support.platform import Caller
from tests.support.servers import s3_bucket
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.datasets import fetching, imports, queries, receiving, uploads
from trainyard.datasets.models import DatasetImport, DatasetVersion, ResumableUpload
from trainyard.datasets.sources import Content
from trainyard.tenants.models import Organization

__all__ = ["begun", "dataset_id", "host"]


def test_a_file_becomes_the_next_version(owner: Caller, dataset_id: str, host: Host, begun: Any) -> None:
    made = begun(host.url)
    waiting = made.shown
    assert (waiting["state"], waiting["bytes"], waiting["total_bytes"]) == ("queued", 0, None)
    assert (waiting["filename"], waiting["url"]) == ("kinds.csv", host.url.partition("?")[0])
    done = made.run()
    assert (done["state"], done["bytes"], done["total_bytes"], done["error"]) == (
        "finished",
        len(TABLE),
        len(TABLE),
        None,
    )
    version = owner.get(f"/datasets/{dataset_id}/versions/{done['version_id']}").json()
    assert (version["state"], version["number"], version["bytes"]) == ("validating", 1, len(TABLE))
    assert owner.organization is not None
    assert stored(owner.organization.id, done["version_id"]) == TABLE
    assert host.asked[0].target.endswith("?signature=secret")
    assert imports.claim_next(now=database_now()) is None
    assert [row["id"] for row in owner.get(f"/datasets/{dataset_id}/imports").json()["data"]] == [done["id"]]


def test_what_breaks_off_goes_on_where_it_was(
    owner: Caller, host: Host, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PART_BYTES", 1_000)
    host.breaks = [4_000, 3_000]
    made = begun(host.url)
    broken = made.run()
    assert (broken["state"], broken["bytes"], broken["error"]["code"]) == ("queued", 4_000, "source_broke_off")
    assert imports.claim_next(now=database_now()) is None  # it waits for a moment
    assert made.run(later=timedelta(minutes=1))["bytes"] == 7_000
    done = made.run(later=timedelta(minutes=2))
    assert (done["state"], done["error"]) == ("finished", None)
    assert [asked.headers.get("range") for asked in host.asked] == [None, "bytes=4000-", "bytes=7000-"]
    assert owner.organization is not None
    assert stored(owner.organization.id, done["version_id"]) == TABLE


@pytest.mark.parametrize("changed", [{"tag": '"two"'}, {"ranges": False}])
def test_another_file_is_begun_anew(owner: Caller, host: Host, begun: Any, changed: dict[str, Any]) -> None:
    """Also where the source sends no parts."""
    host.breaks = [4_000]
    made = begun(host.url)
    made.run()
    vars(host).update(changed)
    done = made.run(later=timedelta(minutes=1))
    assert done["state"] == "finished"
    assert owner.organization is not None
    assert stored(owner.organization.id, done["version_id"]) == TABLE
    assert uploads.sweep(now=database_now() + timedelta(minutes=5)) == 1  # what had come of the first
    assert ResumableUpload.across_tenants.count() == 1


def test_a_cancelled_import_leaves_nothing(owner: Caller, host: Host, begun: Any) -> None:
    host.breaks = [4_000]
    made = begun(host.url)
    made.run()
    assert owner.delete(made.path).status_code == 204
    assert made.shown["state"] == "cancelled"
    assert imports.claim_next(now=database_now() + timedelta(hours=1)) is None
    assert owner.delete(made.path).status_code == 409


def test_what_is_begun_while_it_is_cancelled_goes_too(
    owner: Caller, host: Host, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever fetches asks the source for its length, and then begins, at whatever moment of the cancellation."""
    made = begun(host.url)
    row = imports.claim_next(now=database_now())
    assert row is not None
    read = queries.dataset_import

    def read_before_it_is_begun(import_id: str) -> DatasetImport:
        found = read(import_id)
        content = Content(0, len(TABLE), '"one"', iter(()))
        with suppress(imports.ImportClaimLost):
            imports.begin(row, content, now=database_now())
        return found

    with tenant_scope(row.organization_id):
        monkeypatch.setattr(queries, "dataset_import", read_before_it_is_begun)
        imports.cancel(import_id=row.id, actor="owner", now=database_now())
        monkeypatch.undo()
    assert made.shown["state"] == "cancelled"
    assert not ResumableUpload.across_tenants.filter(finished_at=None, expires_at__gt=database_now()).exists()


def test_what_is_here_already_is_not_cancelled(owner: Caller, host: Host, begun: Any) -> None:
    made = begun(host.url)
    row = imports.claim_next(now=database_now())
    assert row is not None
    with tenant_scope(row.organization_id):
        fetching._fetch(row, database_now, fetching.system_resolver)
    refused = owner.delete(made.path)
    assert (refused.status_code, refused.json()["detail"]) == (409, "The import is finished.")
    assert made.run(later=imports.CLAIMED_FOR)["state"] == "finished"


def test_nothing_is_fetched_for_a_suspended_organization(owner: Caller, host: Host, begun: Any) -> None:
    made = begun(host.url)
    state = Organization.State
    Organization.objects.filter(id=owner.organization.id).update(state=state.SUSPENDED)
    assert imports.claim_next(now=database_now()) is None
    Organization.objects.filter(id=owner.organization.id).update(state=state.ACTIVE)
    assert made.run()["state"] == "finished"


def test_whoever_was_taken_over_or_cancelled_stores_nothing(owner: Caller, host: Host, begun: Any) -> None:
    made = begun(host.url)
    first = imports.claim_next(now=database_now())
    assert first is not None
    later = database_now() + imports.CLAIMED_FOR
    second = imports.claim_next(now=later)
    assert second is not None
    assert second.id == first.id
    fetching.fetch(first, clock=database_now)
    assert made.shown["version_id"] is None
    fetching.fetch(second, clock=database_now)
    assert made.shown["state"] == "finished"
    assert DatasetVersion.across_tenants.count() == 1


def test_a_finished_upload_of_a_process_that_died_is_enough(owner: Caller, host: Host, begun: Any) -> None:
    made = begun(host.url)
    row = imports.claim_next(now=database_now())
    assert row is not None
    with tenant_scope(row.organization_id):
        fetching._fetch(row, database_now, fetching.system_resolver)
    assert made.shown["state"] == "fetching"
    assert made.run(later=imports.CLAIMED_FOR)["state"] == "finished"
    assert DatasetVersion.across_tenants.count() == 1


def test_a_turn_is_the_organizations_with_the_fewest_at_work(
    settings: Settings, outsider: Caller, host: Host, begun: Any
) -> None:
    allow(settings, imports_per_organization=1)
    for _ in range(3):
        begun(host.url)
    body = {"name": "theirs", "task": "tabular_classification", "options": {"target": "kind"}}
    theirs = outsider.post("/datasets", body).json()["id"]
    outsider.post(f"/datasets/{theirs}/imports", {"url": host.url})
    claimed = [imports.claim_next(now=database_now()) for _ in range(3)]
    assert claimed[2] is None
    assert len({row.organization_id for row in claimed if row is not None}) == 2


def test_too_many_at_once_are_refused(
    owner: Caller, host: Host, dataset_id: str, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_UNFINISHED", 1)
    begun(host.url)
    refused = owner.post(f"/datasets/{dataset_id}/imports", {"url": host.url})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_imports")


def test_objects_of_a_bucket_are_read_from_any_byte_on(
    owner: Caller, settings: Settings, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    with s3_bucket("public-tables") as address:
        boto3.client("s3", endpoint_url=address).put_object(Bucket="public-tables", Key="a/kinds.csv", Body=TABLE)
        allow(settings, import_sources=("s3://public-tables/a",), s3_endpoint_url=address)
        made = begun("s3://public-tables/a/kinds.csv")
        row = imports.claim_next(now=database_now())
        assert row is not None
        with tenant_scope(row.organization_id):
            with fetching.sources.opened(row.url) as content:
                upload = imports.begin(row, content, now=database_now())
            receiving.receive(upload_id=upload.id, offset=0, chunks=[TABLE[:4_000]], clock=database_now)
        done = made.run(later=imports.CLAIMED_FOR)
        assert done["state"] == "finished"
        assert owner.organization is not None
        assert stored(owner.organization.id, done["version_id"]) == TABLE
        assert begun("s3://public-tables/a/none.csv").run()["error"]["code"] == "source_not_found"


@pytest.mark.parametrize("key", ["a/kinds?2026#1.csv", "a/all%20kinds.csv", "a//kinds.csv"])
def test_an_object_is_the_one_by_its_whole_key(owner: Caller, settings: Settings, begun: Any, key: str) -> None:
    """Such a key is no address with a query, and its beginning may be another object's."""
    import boto3

    with s3_bucket("public-tables") as address:
        client = boto3.client("s3", endpoint_url=address)
        client.put_object(Bucket="public-tables", Key=key.partition("?")[0], Body=b"another")
        client.put_object(Bucket="public-tables", Key=key, Body=TABLE)
        allow(settings, import_sources=("s3://public-tables/a",), s3_endpoint_url=address)
        done = begun(f"s3://public-tables/{key}").run()
        assert (done["state"], done["bytes"], done["url"]) == ("finished", len(TABLE), f"s3://public-tables/{key}")
        assert done["filename"] == key.rpartition("/")[2]


def test_due_imports_are_begun_in_threads(
    settings: Settings, host: Host, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(settings, imports_at_once=2, imports_per_organization=5)
    ran: list[str] = []
    monkeypatch.setattr(fetching, "_run", lambda row, clock: ran.append(row.id))
    made = [begun(host.url).shown["id"] for _ in range(3)]
    assert fetching.fetch_due(clock=database_now) == 2
    for thread in list(fetching._busy):
        thread.join()
    assert fetching.fetch_due(clock=database_now) == 1
    for thread in list(fetching._busy):
        thread.join()
    assert sorted(ran) == sorted(made)
    with pytest.raises(Exception, match="no import"), tenant_scope("org_of_nobody"):
        queries.dataset_import(made[0])
