"""A dataset and its first file in one go: what is refused leaves nothing behind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from trainyard_client import Client
from trainyard_client.errors import ApiError

REFUSED = (413, {"code": "too_large", "detail": "The file is too large."})
VERSION = {"id": "dsv_1", "dataset_id": "ds_1", "state": "validating", "bytes": 3, "sha256": "0"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    path.write_text("a,b")
    return path


def service(
    monkeypatch: pytest.MonkeyPatch, *, upload: tuple[int, dict[str, Any]], versions: int = 0
) -> tuple[Client, list[str]]:
    """A client of a service that makes ``ds_1`` and answers its upload so, and what it was asked."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path.removeprefix('/api/v1/')}")
        if request.method == "DELETE":
            return httpx.Response(204)
        if request.url.path.endswith("/versions"):
            return httpx.Response(upload[0], json=upload[1])
        body = json.loads(request.content)
        return httpx.Response(201, json={"id": "ds_1", **body, "versions_count": versions})

    real: Callable[..., httpx.Client] = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer), **options))
    return Client(base_url="http://yard", api_key="key"), asked


def test_a_refused_file_leaves_no_empty_dataset(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    client, asked = service(monkeypatch, upload=REFUSED)
    with client, pytest.raises(ApiError, match="too large"):
        client.datasets.create_from(file, task="tabular_classification", options={"target": "b"})
    assert asked == ["POST datasets", "POST datasets/ds_1/versions", "DELETE datasets/ds_1"]


def test_a_dataset_that_is_tried_again_keeps_its_rejected_versions(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    client, asked = service(monkeypatch, upload=REFUSED, versions=1)
    with client, pytest.raises(ApiError, match="too large"):
        client.datasets.create_from(file, task="tabular_classification")
    assert asked == ["POST datasets", "POST datasets/ds_1/versions"]


def test_an_accepted_file_is_a_version(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    client, asked = service(monkeypatch, upload=(201, VERSION))
    with client:
        version = client.datasets.create_from(file, task="tabular_classification")
    assert (version.id, version.dataset_id) == ("dsv_1", "ds_1")
    assert asked == ["POST datasets", "POST datasets/ds_1/versions"]
