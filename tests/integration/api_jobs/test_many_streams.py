"""Many streams cost the platform as little as one, and nobody holds more of them than others can bear."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings as DjangoSettings

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.api.v1.jobs import stream, watch
from trainyard.api.v1.jobs.stream_places import places
from trainyard.jobs.reporting import stream as content

SECONDS = 20
VIEWERS = 30


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)


def allow(settings: DjangoSettings, **most: int) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=most)


async def opened(caller: Caller, job_id: str) -> Any:
    headers = {"Authorization": f"Bearer {caller.secret}", "Accept": "text/event-stream"}
    return await AsyncClient().get(f"/api/v1/jobs/{job_id}/stream", headers=headers)


async def until_progress(blocks: AsyncIterator[bytes]) -> bytes:
    async for block in blocks:
        if block.startswith(b"event: progress"):
            return block
    raise AssertionError("it ended")


def in_time(work: Any) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(SECONDS):
            return await work()

    return async_to_sync(bounded)()


def test_viewers_of_one_job_share_each_look(
    owner: Caller, bench: Bench, settings: DjangoSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(settings, streams_per_caller=VIEWERS)
    run = bench.run()
    looks: list[content.Position] = []
    look = content.news

    def counted(job_id: str, position: content.Position) -> content.StreamUpdate:
        looks.append(position)
        return look(job_id, position)

    monkeypatch.setattr(watch, "news", counted)

    async def all_follow() -> list[bytes]:
        blocks = [aiter(await opened(owner, run.claim.job_id)) for _ in range(VIEWERS)]
        await asyncio.gather(*map(until_progress, blocks))
        looks.clear()
        await sync_to_async(run.train)(1, step=20)
        return list(await asyncio.gather(*map(until_progress, blocks)))

    told = in_time(all_follow)
    assert len(set(told)) == 1
    assert b'"step":20' in told[0]
    assert len(looks) == len(set(looks)) <= 2


def test_looking_for_changes_takes_two_queries_for_any_number_of_jobs(bench: Bench) -> None:
    jobs = [bench.submit().id for _ in range(5)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert set(content.marks(jobs)) == set(jobs)
    assert len([query for query in queries if "SELECT " in query["sql"] and "jobs_" in query["sql"]]) == 2


def test_one_too_many_is_told_so(owner: Caller, bench: Bench, settings: DjangoSettings) -> None:
    allow(settings, streams_per_caller=2)
    job = bench.submit()

    async def three() -> Any:
        held = [aiter(await opened(owner, job.id)) for _ in range(2)]
        await asyncio.gather(*map(anext, held))
        return await opened(owner, job.id)

    refused = in_time(three)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert int(refused.headers["Retry-After"]) > 0


def test_callers_of_an_organization_share_its_streams(
    owner: Caller, teammate: Caller, outsider: Caller, bench: Bench, settings: DjangoSettings
) -> None:
    allow(settings, streams_per_organization=1)
    job = bench.submit()

    async def both() -> tuple[int, int]:
        first = aiter(await opened(owner, job.id))
        await anext(first)
        return (await opened(teammate, job.id)).status_code, (await opened(outsider, job.id)).status_code

    assert in_time(both) == (429, 404)


def test_what_ended_is_forgotten(owner: Caller, bench: Bench) -> None:
    job = bench.run().succeed()

    async def whole() -> watch.Watch:
        async for _ in await opened(owner, job.id):
            pass
        await opened(owner, job.id)  # and one that nobody reads
        return watch.watch()

    emptied = in_time(whole)
    gc.collect()
    assert not any((emptied._viewers, emptied._marks, emptied._versions, emptied._shared))
    assert len(places) == 0
