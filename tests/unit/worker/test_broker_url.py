"""Who the worker is to the broker."""

import pytest

from trainyard_worker.celery_app import broker_url_of


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("redis://redis:6379/0", "redis://wrk_1:p%40ss@redis:6379/0"),
        ("rediss://redis/0?ssl_cert_reqs=required", "rediss://wrk_1:p%40ss@redis/0?ssl_cert_reqs=required"),
        ("redis+socket:///run/redis.sock", "redis+socket://wrk_1:p%40ss@/run/redis.sock"),
        ("redis://:shared@redis:6379/0", "redis://:shared@redis:6379/0"),
        ("redis://somebody:theirs@redis/0", "redis://somebody:theirs@redis/0"),
    ],
)
def test_a_worker_enters_as_itself_unless_told_otherwise(given: str, used: str) -> None:
    assert broker_url_of(given, username="wrk_1", password="p@ss") == used
