"""A tenant that asks for more than it can be given is told so, and nobody else notices."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.migrated import DATABASE
from tests.support.web_server import MAKE_KEY, WebServer, environment_of, run_python, web_server
from trainyard.api.admission import MOST_PRESENT

CALLS = MOST_PRESENT + 8
DATASET = {"task": "tabular_classification", "options": {"target": "b"}}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server(tmp_path_factory.mktemp("web")) as server:
        yield server


@contextmanager
def writing(data_dir: Path) -> Iterator[None]:
    """Nobody else writes inside the block: whoever wants to is at work for as long."""
    with closing(sqlite3.connect(data_dir / DATABASE, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")


def test_a_tenant_that_fills_its_queue_is_refused_and_another_is_answered(web: WebServer) -> None:
    secret = run_python(MAKE_KEY, environment_of(web.data_dir)).strip()
    headers = {"Authorization": f"Bearer {secret}"}

    async def main() -> tuple[list[httpx.Response], list[int]]:
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(
                base_url=web.client.base_url, headers=web.client.headers, limits=limits, timeout=60
            ) as one,
            httpx.AsyncClient(base_url=web.client.base_url, headers=headers, timeout=60) as other,
        ):
            for client in (one, other):
                assert (await client.get("/jobs")).is_success
            with writing(web.data_dir):
                bodies = ({"name": f"d{number}", **DATASET} for number in range(CALLS))
                asked = [asyncio.create_task(one.post("/datasets", json=body)) for body in bodies]
                await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
                answered = [(await other.get("/jobs")).status_code for _ in range(5)]
            return await asyncio.gather(*asked), answered

    greedy, polite = asyncio.run(main())
    assert polite == [200] * 5
    refused = [answer for answer in greedy if answer.status_code == 503]
    assert refused
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert {answer.json()["code"] for answer in refused} == {"overloaded"}
    assert {answer.status_code for answer in greedy} <= {201, 503}
