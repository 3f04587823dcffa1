"""What the client tries again, when, and for how long."""

import asyncio

import httpx
import pytest

from tests.support.scripted_service import refusal, scripted
from trainyard_client import ApiError, NotFound, TooManyRequests, Unreachable
from trainyard_client.types import Wallet

WALLET = {"available": "9.5", "held": "0", "spent": "0.5", "currency": "USD"}


def wallet() -> httpx.Response:
    return httpx.Response(200, json=WALLET)


def test_pauses_grow_between_tries() -> None:
    service = scripted(refusal(503), httpx.ConnectError("refused"), refusal(502), wallet())
    with service.client() as client:
        assert client.billing.wallet() == WALLET
    assert service.pauses == [0.4, 0.8, 1.6]


def test_jitter_is_a_part_of_the_pause_down_to_none() -> None:
    service = scripted(refusal(503), refusal(503), wallet())
    with service.client(draw=0.0) as client:
        client.billing.wallet()
    assert service.pauses == [0.0, 0.0]


def test_retry_after_is_the_least_that_is_waited() -> None:
    service = scripted(refusal(429, "rate_limited", retry_after=7), wallet())
    with service.client() as client:
        client.billing.wallet()
    assert service.pauses == [7.4]


def test_what_is_asked_for_too_late_is_not_waited_for() -> None:
    service = scripted(refusal(429, "quota_exceeded", retry_after=3600))
    with service.client() as client, pytest.raises(TooManyRequests) as refused:
        client.billing.wallet()
    assert refused.value.retry_after_seconds == 3600
    assert service.pauses == []


def test_a_service_that_stays_away_is_unreachable_after_half_a_minute() -> None:
    service = scripted(*(httpx.ConnectError("refused") for _ in range(100)))
    with service.client() as client, pytest.raises(Unreachable, match="yard does not answer"):
        client.billing.wallet()
    assert 25 < service.now <= 30


def test_a_refusal_is_not_tried_again_and_says_all_it_knows() -> None:
    field = {"field": "name", "code": "required", "message": "It is missing.", "hint": "Give one."}
    service = scripted(refusal(404, "not_found", hint="Look again.", request_id="req_1", errors=[field]))
    with service.client() as client, pytest.raises(NotFound) as refused:
        client.jobs.get("job_1")
    error = refused.value
    assert (error.status, error.code, error.request_id) == (404, "not_found", "req_1")
    assert str(error) == "It was not_found.\nLook again.\nname: It is missing. Give one."
    assert len(service.asked) == 1


def test_a_page_of_a_proxy_is_an_error_too() -> None:
    with scripted(httpx.Response(418, text="<html>")).client() as client, pytest.raises(ApiError, match="418"):
        client.billing.wallet()


def test_a_post_keeps_its_idempotency_key_and_another_gets_its_own() -> None:
    job = httpx.Response(201, json={"id": "job_1"})
    service = scripted(refusal(503), httpx.ReadError("gone"), job, job, job)
    with service.client() as client:
        client.jobs.submit({"name": "a"})
        client.jobs.submit({"name": "a"})
        client.jobs.submit({"name": "a"}, idempotency_key="mine")
    first, second, third, fourth, fifth = (request.headers["Idempotency-Key"] for request in service.asked)
    assert first == second == third != fourth
    assert fifth == "mine"


def test_a_deletion_whose_answer_was_lost_is_done() -> None:
    service = scripted(httpx.ReadError("gone"), refusal(404), refusal(404))
    with service.client() as client:
        client.models.delete("mdl_1")
        with pytest.raises(NotFound):
            client.models.delete("mdl_2")


def test_the_awaited_client_does_the_same() -> None:
    service = scripted(refusal(503), httpx.ConnectError("refused"), wallet())

    async def ask() -> Wallet:
        async with service.async_client() as client:
            return await client.billing.wallet()

    assert asyncio.run(ask()) == WALLET
    assert service.pauses == [0.4, 0.8]


def test_lists_are_fetched_by_pages_no_further_than_asked_for() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        start, size = int(request.url.params.get("cursor", "0")), int(request.url.params["limit"])
        models = [{"id": f"mdl_{i}"} for i in range(start, start + size)]
        return httpx.Response(200, json={"data": models, "next_cursor": str(start + size)})

    service = scripted(page, page, page)
    with service.client() as client:
        assert [model.id for model in client.models.list(limit=250)] == [f"mdl_{i}" for i in range(250)]
        assert next(iter(client.models.list())).id == "mdl_0"
    assert [request.url.params["limit"] for request in service.asked] == ["200", "50", "200"]


def test_lists_are_awaited_item_by_item() -> None:
    service = scripted(httpx.Response(200, json={"data": [{"id": "job_1"}, {"id": "job_2"}], "next_cursor": None}))

    async def ids() -> list[str]:
        async with service.async_client() as client:
            return [job.id async for job in client.jobs.list(state="running")]

    assert asyncio.run(ids()) == ["job_1", "job_2"]
    assert service.asked[0].url.params["state"] == "running"
