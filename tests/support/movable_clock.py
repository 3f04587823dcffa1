"""Billing's calendar, which a test moves as operators do where there is a test clock."""

from collections.abc import Iterator
from importlib import reload
from typing import Any

import pytest
from django.urls import clear_url_caches

from trainyard.api.v1 import urls as public_urls
from trainyard.api.v1.admin import urls as admin_urls
from trainyard.config import urls as root_urls


@pytest.fixture
def movable_clock(settings: Any) -> Iterator[None]:
    """Routes are chosen when they are loaded: they are loaded anew, before and after."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"test_clock": True})
    _reload_routes()
    yield
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"test_clock": False})
    _reload_routes()


def _reload_routes() -> None:
    for module in (admin_urls, public_urls, root_urls):
        reload(module)
    clear_url_caches()
