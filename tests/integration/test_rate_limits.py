"""Requests are counted by key, organization and address, in all processes together."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings as DjangoSettings
from redis import Redis

from tests.support.jobs import make_worker
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from trainyard.core import token_buckets
from trainyard.core.token_buckets import TokenBucket, TokenBuckets
from trainyard.pools.models import Pool

FEW = 0.15
"""A second, for long: three at once."""
MANY = 500
"""Requests that never take a second each."""

Limit = Callable[..., None]


@pytest.fixture
def limit(settings: DjangoSettings, redis_server: Redis) -> Limit:
    """Sets one of the rates; others do not count. Each test's Redis is empty, and known anew."""
    token_buckets.token_buckets.cache_clear()

    def change(**rates: float) -> None:
        unlimited = {"key": 0.0, "organization": 0.0, "address": 0.0}
        named = {f"requests_per_second_and_{kind}": rate for kind, rate in (unlimited | rates).items()}
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=named)

    return change


def test_a_key_that_asks_too_often_is_told_when_to_come_back(owner: Caller, limit: Limit) -> None:
    limit(key=FEW)
    left = [owner.get("/jobs").headers["RateLimit"] for _ in range(3)]
    assert [value.split(";")[:2] for value in left] == [['"key"', f"r={r}"] for r in (2, 1, 0)]
    refused = owner.get("/jobs")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 7
    assert refused.headers["RateLimit-Policy"] == '"key";q=3;w=20'


def test_another_key_goes_on(owner: Caller, teammate: Caller, outsider: Caller, limit: Limit) -> None:
    limit(key=FEW)
    answers = [owner.get("/jobs").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert teammate.get("/jobs").status_code == outsider.get("/jobs").status_code == 200


def test_keys_of_an_organization_share_its_limit(
    owner: Caller, teammate: Caller, outsider: Caller, limit: Limit
) -> None:
    limit(organization=FEW)
    answers = [caller.get("/jobs").status_code for caller in (owner, teammate, owner, teammate, outsider)]
    assert answers == [200, 200, 200, 429, 200]


def test_a_plan_says_how_often_its_organization_may_ask(
    owner: Caller, teammate: Caller, outsider: Caller, operator: Caller, limit: Limit
) -> None:
    limit(organization=50)
    assert owner.get("/jobs").headers["RateLimit-Policy"] == '"organization";q=1000;w=20'
    plan = operator.post("/admin/plans", {"name": "Small", "monthly_fee": "0.00", "requests_per_second": 1}).json()
    assert owner.post("/organization/plan", {"plan": plan["id"]}).status_code == 200
    refused = next(answer for answer in (owner.get("/jobs") for _ in range(MANY)) if answer.status_code != 200)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["RateLimit-Policy"] == '"organization";q=20;w=20'
    assert (refused.headers["RateLimit"].split(";")[:2], refused.headers["Retry-After"]) == (
        ['"organization"', "r=0"],
        "1",
    )
    assert "More than 1 requests a second came from your organization" in refused.json()["detail"]
    assert refused.json()["hint"]
    assert outsider.get("/jobs").headers["RateLimit-Policy"] == '"organization";q=1000;w=20'


def test_an_address_is_counted_by_what_the_server_saw(owner: Caller, limit: Limit) -> None:
    limit(address=FEW)
    headers = {"Authorization": f"Bearer {owner.secret}"}
    for guess in range(4):
        claimed = {**headers, "X-Forwarded-For": f"10.0.0.{guess}"}
        status = Client(headers=claimed).get("/api/v1/jobs", REMOTE_ADDR="192.0.2.1").status_code
    assert status == 429
    assert Client(headers=headers).get("/api/v1/jobs", REMOTE_ADDR="192.0.2.2").status_code == 200


def test_workers_are_not_counted(pool: Pool, limit: Limit) -> None:
    limit(address=FEW)
    enrolled = make_worker(pool, name="busy")
    worker = PredictionCaller(enrolled.worker, enrolled.token)
    assert [worker.claim() for _ in range(5)] == [None] * 5


def test_nobody_is_refused_because_redis_is_away(owner: Caller, limit: Limit, redis_server: Redis) -> None:
    limit(key=FEW)
    redis_server.shutdown(nosave=True)
    answers = [owner.get("/jobs") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert "RateLimit" not in answers[0].headers


def test_an_empty_bucket_takes_nothing_from_the_others(redis_server: Redis) -> None:
    buckets = TokenBuckets(redis_server)
    small, large = TokenBucket("small", per_second=0.01, size=1), TokenBucket("large", per_second=0.01, size=5)
    first, second = buckets.take([small, large]), buckets.take([small, large])
    assert [level.remaining for level in first] == [0, 4]
    assert second[0].wait_seconds > 0
    assert buckets.take([large])[0].remaining == 3
