"""What an import tells: that the file came, or that it did not and will not be tried again."""

from datetime import timedelta
from typing import Any

from tests.support.imports import TABLE, Host, begun, dataset_id, host
from tests.support.platform import Caller
from trainyard.core.models import DomainEvent

__all__ = ["begun", "dataset_id", "host"]


def told() -> list[dict[str, Any]]:
    events = DomainEvent.objects.filter(type__startswith="dataset.import_").order_by("created_at", "pk")
    return [{"type": event.type, **event.data} for event in events]


def test_a_file_that_came_is_told_once(owner: Caller, dataset_id: str, host: Host, begun: Any) -> None:
    host.breaks = [4_000]
    made = begun(host.url)
    made.run()
    assert told() == [], "it will be tried again"
    done = made.run(later=timedelta(minutes=1))
    [event] = told()
    assert event == {
        "type": "dataset.import_finished",
        "id": done["id"],
        "dataset_id": dataset_id,
        "url": host.url.partition("?")[0],
        "filename": "kinds.csv",
        "bytes": len(TABLE),
        "version_id": done["version_id"],
        "error": None,
    }
    assert owner.organization is not None
    assert DomainEvent.objects.get(object_id=done["id"]).organization_id == owner.organization.id


def test_a_file_that_will_not_come_is_told_with_the_reason(host: Host, begun: Any) -> None:
    host.instead = lambda _: (404, {}, b"")
    failed = begun(host.url).run()
    assert failed["state"] == "failed"
    [event] = told()
    assert (event["type"], event["id"], event["version_id"]) == ("dataset.import_failed", failed["id"], None)
    assert event["error"] == failed["error"]


def test_who_cancels_knows(owner: Caller, host: Host, begun: Any) -> None:
    made = begun(host.url)
    assert owner.delete(made.path).status_code == 204
    assert told() == []
