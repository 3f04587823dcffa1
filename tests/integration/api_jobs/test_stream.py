"""``GET /jobs/{id}/stream``: server-sent events until the job has ended."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, Client

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.api.v1.jobs import stream, watch
from trainyard.core.time import database_now
from trainyard.tenants.models import ApiKey, Membership, Organization, Role
from trainyard.tenants.operations import create_user
from trainyard_spec.engine_protocol import Metrics

SECONDS = 20


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)


def parse(block: bytes) -> dict[str, Any]:
    lines = dict(line.split(": ", 1) for line in block.decode().strip().splitlines())
    return {"event": lines["event"], "id": lines.get("id"), "data": json.loads(lines["data"])}


async def opened(caller: Caller, job_id: str, **headers: str) -> Any:
    known = {"Authorization": f"Bearer {caller.secret}", "Accept": "text/event-stream"}
    return await AsyncClient().get(f"/api/v1/jobs/{job_id}/stream", headers=known | headers)


async def read(caller: Caller, job_id: str, **headers: str) -> list[dict[str, Any]]:
    response = await opened(caller, job_id, **headers)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/event-stream")
    async with asyncio.timeout(SECONDS):
        return [parse(block) async for block in response]


def test_a_finished_job_tells_its_history_and_ends(owner: Caller, bench: Bench) -> None:
    job = bench.run().succeed()
    messages = async_to_sync(read)(owner, job.id)
    assert [message["id"] for message in messages] == ["1", "2", "3", "4", None]
    assert [m["data"]["to_state"] for m in messages[:4]] == ["queued", "starting", "running", "succeeded"]
    assert messages[4]["event"] == "progress"
    assert (messages[4]["data"]["state"], messages[4]["data"]["percent"]) == ("succeeded", 100.0)


def test_a_client_that_comes_back_misses_no_event_and_gets_none_twice(owner: Caller, bench: Bench) -> None:
    job = bench.run().succeed()
    messages = async_to_sync(read)(owner, job.id, **{"Last-Event-ID": "3"})
    assert [message["id"] for message in messages] == ["4", None]


def test_what_happens_is_told_as_it_happens(owner: Caller, bench: Bench) -> None:
    run = bench.run()

    async def follow() -> list[dict[str, Any]]:
        blocks: AsyncIterator[bytes] = aiter(await opened(owner, run.claim.job_id))
        seen = [parse(await anext(blocks)) for _ in range(4)]  # three events and the progress so far
        measured = Metrics(steps=(7,), values={"train_loss": (0.25,)})
        await sync_to_async(run.report)(measured)
        seen.append(parse(await anext(blocks)))
        await sync_to_async(run.train)(1, step=20)
        seen.append(parse(await anext(blocks)))
        await sync_to_async(run.succeed)()
        return seen + [parse(block) async for block in blocks]

    async def in_time() -> list[dict[str, Any]]:
        async with asyncio.timeout(SECONDS):
            return await follow()

    seen = async_to_sync(in_time)()
    assert [message["event"] for message in seen[3:]] == ["progress", "metrics", "progress", "event", "progress"]
    assert seen[4]["data"] == {"steps": [7], "values": {"train_loss": [0.25]}}
    assert seen[5]["data"]["step"] == 20
    assert seen[6]["data"]["to_state"] == "succeeded"


def test_silence_is_broken_by_comments(owner: Caller, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SILENCE_SECONDS", 0.0)
    job = bench.submit()

    async def first_comment() -> bytes:
        async with asyncio.timeout(SECONDS):
            async for block in await opened(owner, job.id):
                if block.startswith(b":"):
                    return bytes(block)
        raise AssertionError("the stream of a queued job ended")

    assert async_to_sync(first_comment)().endswith(b"\n\n")


def test_who_may_listen(teammate: Caller, outsider: Caller, anonymous: Client, bench: Bench) -> None:
    job = bench.submit()
    bench.cancel(job)
    assert async_to_sync(read)(teammate, job.id)
    assert async_to_sync(opened)(outsider, job.id).status_code == 404
    assert anonymous.get(f"/api/v1/jobs/{job.id}/stream").status_code == 401


class TestWhoMayNoLongerListen:
    """The line ends by itself, without a word, and is not opened again."""

    @pytest.fixture(autouse=True)
    def often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert stream.RECHECK_SECONDS + stream.LOOK_SECONDS < 5
        monkeypatch.setattr(stream, "RECHECK_SECONDS", 0.0)

    async def ends(self, blocks: AsyncIterator[bytes], revoke: Any) -> None:
        async with asyncio.timeout(SECONDS):
            for _ in range(4):
                await anext(blocks)
            await sync_to_async(revoke)()
            with pytest.raises(StopAsyncIteration):
                await anext(blocks)

    async def key_ends(self, caller: Caller, job_id: str, revoke: Any) -> None:
        await self.ends(aiter(await opened(caller, job_id)), revoke)
        assert (await opened(caller, job_id)).status_code == 401

    async def session_ends(self, browser: AsyncClient, job_id: str, revoke: Any) -> None:
        address = f"/api/v1/jobs/{job_id}/stream"
        await self.ends(aiter(await browser.get(address)), revoke)
        assert (await browser.get(address)).status_code in {401, 403}

    def test_a_revoked_key(self, owner: Caller, bench: Bench) -> None:
        def revoke() -> None:
            assert owner.delete(f"/api-keys/{owner.get('/me').json()['id']}").status_code == 204

        async_to_sync(self.key_ends)(owner, bench.run().claim.job_id, revoke)

    def test_a_key_that_expired(self, owner: Caller, bench: Bench) -> None:
        def expire() -> None:
            ApiKey.across_tenants.filter(id=owner.get("/me").json()["id"]).update(expires_at=database_now())

        async_to_sync(self.key_ends)(owner, bench.run().claim.job_id, expire)

    def test_a_suspended_organization(self, owner: Caller, bench: Bench, organization: Organization) -> None:
        def suspend() -> None:
            Organization.objects.filter(id=organization.id).update(state=Organization.State.SUSPENDED)

        async_to_sync(self.key_ends)(owner, bench.run().claim.job_id, suspend)

    @pytest.mark.parametrize("change", ["left", "deactivated"])
    def test_a_person_who_left(self, change: str, bench: Bench, organization: Organization) -> None:
        user = create_user(email="ada@meadow.example", password=None, now=database_now())
        Membership.objects.create(organization=organization, user=user, role=Role.VIEWER, created_at=database_now())
        browser = AsyncClient()
        browser.force_login(user)

        def leave() -> None:
            if change == "left":
                Membership.objects.filter(user=user).delete()
            else:
                type(user).objects.filter(id=user.id).update(is_active=False)

        async_to_sync(self.session_ends)(browser, bench.run().claim.job_id, leave)
