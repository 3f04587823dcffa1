"""The clients: one attribute a kind of object, and a few short cuts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx

from trainyard_client import profiles
from trainyard_client.core.drivers import AsyncDriver, SyncDriver
from trainyard_client.core.methods import Async, M, Sync
from trainyard_client.core.retries import RetryPolicy
from trainyard_client.resources.admin import Admin, Workers
from trainyard_client.resources.billing import Billing
from trainyard_client.resources.datasets import Datasets
from trainyard_client.resources.jobs import POLL_SECONDS as POLL_SECONDS
from trainyard_client.resources.jobs import Jobs
from trainyard_client.resources.models import Models
from trainyard_client.resources.organization import OrganizationCalls
from trainyard_client.resources.shortcuts import Shortcuts
from trainyard_client.resources.webhooks import Webhooks
from trainyard_client.version import __version__

CONNECT_SECONDS = 5.0


class Resources(Shortcuts[M]):
    """What both clients can do."""

    def __init__(self, driver: Any) -> None:
        super().__init__(driver)
        self.datasets: Datasets[M] = Datasets(driver)
        self.jobs: Jobs[M] = Jobs(driver)
        self.models: Models[M] = Models(driver)
        self.billing: Billing[M] = Billing(driver)
        self.organization: OrganizationCalls[M] = OrganizationCalls(driver)
        self.webhooks: Webhooks[M] = Webhooks(driver)
        self.admin: Admin[M] = Admin(driver)
        self.workers: Workers[M] = self.admin.workers


class Client(Resources[Sync]):
    """Speaks to one Trainyard with one API key. Usable as a context manager; safe to share between threads.

    Parameters
    ----------
    base_url, api_key
        The service and a key for it; else ``TRAINYARD_URL`` and ``TRAINYARD_API_KEY``, else the profile's.
    profile
        Of those that ``trainyard login`` stored; else that of ``TRAINYARD_PROFILE``, else the last.
    timeout_seconds
        How long one answer may take.
    retries
        What is tried again, and for how long.
    transport
        Of httpx, for proxies, certificates and tests.
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        profile: str | None = None,
        timeout_seconds: float = 60.0,
        retries: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        whom = profiles.resolve(base_url, api_key, profile)
        options = _options(whom, timeout_seconds)
        self._http = httpx.Client(**options, transport=transport) if transport else httpx.Client(**options)
        super().__init__(SyncDriver(self._http, policy=retries or RetryPolicy(), sleep=sleep, clock=clock))

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Resources[Async]):
    """The same as ``Client``, awaited: ``await client.jobs.get(…)``, ``async for job in client.jobs.list()``."""

    def __init__(
        self,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        profile: str | None = None,
        timeout_seconds: float = 60.0,
        retries: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        whom = profiles.resolve(base_url, api_key, profile)
        options = _options(whom, timeout_seconds)
        self._http = httpx.AsyncClient(**options, transport=transport)
        super().__init__(AsyncDriver(self._http, policy=retries or RetryPolicy(), sleep=sleep, clock=clock))

    async def close(self) -> None:
        """Ends its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _options(whom: profiles.Profile, timeout_seconds: float) -> dict[str, Any]:
    return {
        "base_url": f"{whom.base_url.rstrip('/')}/api/v1/",
        "headers": {"Authorization": f"Bearer {whom.api_key}", "User-Agent": f"trainyard-client/{__version__}"},
        "timeout": httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
    }
