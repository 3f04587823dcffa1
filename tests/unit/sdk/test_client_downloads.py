"""Files arrive whole and as they are, or not at all."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.scripted_service import Broken, scripted
from trainyard_client import DamagedDownload

CONTENT = bytes(range(256)) * 40


def model(content: bytes = CONTENT, name: str = "model.safetensors") -> httpx.Response:
    file: dict[str, Any] = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return httpx.Response(200, json={"id": "mdl_1", "files": [file]})


def test_a_broken_line_goes_on_where_it_broke(tmp_path: Path) -> None:
    service = scripted(
        model(),
        httpx.Response(200, stream=Broken(CONTENT[:1000])),
        httpx.Response(206, content=CONTENT[1000:]),
    )
    seen: list[tuple[int, int]] = []
    with service.client() as client:
        [path] = client.models.download("mdl_1", tmp_path / "new", on_progress=lambda *there: seen.append(there))
    assert path.read_bytes() == CONTENT
    assert service.asked[-1].headers["Range"] == "bytes=1000-"
    assert seen[0] == (1000, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_store_that_gives_no_ranges_begins_anew(tmp_path: Path) -> None:
    service = scripted(model(), httpx.Response(200, stream=Broken(CONTENT[:7])), httpx.Response(200, content=CONTENT))
    with service.client() as client:
        [path] = client.models.download("mdl_1", tmp_path)
    assert path.read_bytes() == CONTENT


def test_damage_is_fetched_again_once(tmp_path: Path) -> None:
    damaged = httpx.Response(200, content=CONTENT[::-1])
    service = scripted(model(), damaged, httpx.Response(200, content=CONTENT))
    with service.client() as client:
        [path] = client.models.download("mdl_1", tmp_path)
    assert path.read_bytes() == CONTENT


def test_damage_that_stays_leaves_no_file(tmp_path: Path) -> None:
    service = scripted(model(), *(httpx.Response(200, content=b"x" * len(CONTENT)) for _ in range(2)))
    with service.client() as client, pytest.raises(DamagedDownload, match="SHA-256"):
        client.models.download("mdl_1", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_name_of_a_file_leads_out_of_the_directory(tmp_path: Path) -> None:
    service = scripted(model(b"", "../outside"), httpx.Response(200, content=b""))
    with service.client() as client:
        assert client.models.download("mdl_1", tmp_path) == [tmp_path / "outside"]


def test_downloads_are_awaited_too(tmp_path: Path) -> None:
    service = scripted(
        model(), httpx.Response(200, stream=Broken(CONTENT[:5])), httpx.Response(206, content=CONTENT[5:])
    )

    async def fetch() -> list[Path]:
        async with service.async_client() as client:
            return await client.models.download("mdl_1", tmp_path)

    [path] = asyncio.run(fetch())
    assert path.read_bytes() == CONTENT
