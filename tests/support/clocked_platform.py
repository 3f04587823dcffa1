"""One running platform whose operator may move billing's calendar, for all test files that do: it goes ahead only."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.support.embedded import Embedded, running
from tests.support.shared_groups import CLOCKED as CLOCKED


@pytest.fixture(scope="session")
def clocked_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """For files that say ``CLOCKED``: each test has an organization of its own, and reads what time it is first."""
    with running(
        tmp_path_factory.mktemp("clocked") / "data", TRAINYARD_TEST_CLOCK="1", TRAINYARD_LEASE_SECONDS="600"
    ) as platform:
        yield platform


def calls(platform: Embedded, key: str) -> httpx.Client:
    """The API as REST, by a key."""
    return httpx.Client(
        base_url=f"{platform.facts['base_url']}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=60
    )


def told(answer: httpx.Response) -> Any:
    """What a call that has to succeed answered."""
    assert answer.is_success, answer.text
    return answer.json()


def calendar(operator: httpx.Client) -> datetime:
    """The present time by billing's calendar."""
    return datetime.fromisoformat(told(operator.get("/admin/test-clock"))["now"])


def move_calendar(operator: httpx.Client, to: datetime) -> None:
    told(operator.post("/admin/test-clock", json={"now": to.isoformat()}))
