"""Files at an address: the service fetches them, the client waits."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from trainyard_client import Client
from trainyard_client.cli import app
from trainyard_client.errors import ImportFailed
from trainyard_client.resources import datasets

URL = "https://data.example/tables/flowers.csv?signature=x"
IMPORT = {"id": "imp_1", "dataset_id": "ds_1", "url": "https://data.example/tables/flowers.csv", "bytes": 0}
STEPS: list[dict[str, Any]] = [
    {"state": "queued", "total_bytes": None, "version_id": None, "finished_at": None, "error": None},
    {"state": "fetching", "bytes": 3, "total_bytes": 9, "version_id": None, "finished_at": None, "error": None},
]
FINISHED = {"state": "finished", "version_id": "dsv_1", "finished_at": "2026-03-01T12:00:00Z", "error": None}
FAILED = {
    "state": "failed",
    "version_id": None,
    "finished_at": "2026-03-01T12:00:00Z",
    "error": {"code": "source_not_found", "message": "There is no file at the address.", "hint": ""},
}
VERSION = {"id": "dsv_1", "dataset_id": "ds_1", "state": "ready", "rows": 4, "warnings": []}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], list[str]]:
    """A service whose import of ``flowers.csv`` ends so; what it is asked."""
    monkeypatch.setattr(datasets, "POLL_SECONDS", 0.0)
    asked: list[str] = []

    def start(end: dict[str, Any]) -> list[str]:
        steps = [*STEPS, end]

        def answer(request: httpx.Request) -> httpx.Response:
            path = request.url.path.removeprefix("/api/v1/")
            asked.append(f"{request.method} {path}")
            if request.method == "DELETE":
                return httpx.Response(204)
            if "/imports" in path:
                if request.method == "POST":
                    assert json.loads(request.content) == {"url": URL}
                return httpx.Response(200, json={**IMPORT, **(steps.pop(0))})
            if "/versions/" in path:
                return httpx.Response(200, json=VERSION)
            return httpx.Response(201, json={"id": "ds_1", **json.loads(request.content), "versions_count": 0})

        real: Callable[..., httpx.Client] = httpx.Client
        monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer), **options))
        return asked

    return start


def test_the_client_waits_and_tells_how_far_it_is(service: Callable[[dict[str, Any]], list[str]]) -> None:
    asked = service({**FINISHED, "bytes": 9, "total_bytes": 9})
    told: list[tuple[int, int]] = []
    with Client(base_url="http://yard", api_key="key") as client:
        version = client.datasets.import_from("ds_1", URL, on_progress=lambda *progress: told.append(progress))
    assert version.id == "dsv_1"
    assert told == [(3, 9), (9, 9)]
    assert asked == [
        "POST datasets/ds_1/imports",
        *["GET datasets/ds_1/imports/imp_1"] * 2,
        "GET datasets/ds_1/versions/dsv_1",
    ]


def test_a_file_that_does_not_come_leaves_no_empty_dataset(service: Callable[[dict[str, Any]], list[str]]) -> None:
    asked = service({**FAILED, "total_bytes": None})
    with Client(base_url="http://yard", api_key="key") as client, pytest.raises(ImportFailed, match="no file at"):
        client.datasets.create_from(URL, task="tabular_classification")
    assert (asked[0], asked[-1]) == ("POST datasets", "DELETE datasets/ds_1")


def test_the_command_takes_an_address(
    service: Callable[[dict[str, Any]], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = service({**FINISHED, "bytes": 9, "total_bytes": 9})
    monkeypatch.setenv("TRAINYARD_URL", "http://yard")
    monkeypatch.setenv("TRAINYARD_API_KEY", "key")
    done = CliRunner().invoke(app, ["datasets", "upload", URL, "--task", "tabular_classification"])
    assert done.exit_code == 0, done.output
    assert "dsv_1" in done.stdout
    assert "POST datasets/ds_1/imports" in asked
    missing = CliRunner().invoke(app, ["datasets", "upload", "nowhere.csv", "--task", "tabular_classification"])
    assert (missing.exit_code, "there is no file nowhere.csv" in missing.output) == (2, True)


def test_imports_are_listed_and_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path.removeprefix('/api/v1/')}")
        rows = [{**IMPORT, **STEPS[1]}, {**IMPORT, **STEPS[0], **FAILED, "id": "imp_2"}]
        return httpx.Response(204 if request.method == "DELETE" else 200, json={"data": rows, "next_cursor": None})

    real: Callable[..., httpx.Client] = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer), **options))
    for name, value in {"TRAINYARD_URL": "http://yard", "TRAINYARD_API_KEY": "k"}.items():
        monkeypatch.setenv(name, value)
    listed = CliRunner().invoke(app, ["datasets", "imports", "ds_1"])
    assert listed.exit_code == 0, listed.output
    assert "3 B of 9 B" in listed.output
    assert "There is no file at the address." in listed.output
    assert "imp_1 is cancelled." in CliRunner().invoke(app, ["datasets", "cancel-import", "ds_1", "imp_1"]).output
    assert asked == ["GET datasets/ds_1/imports", "DELETE datasets/ds_1/imports/imp_1"]
