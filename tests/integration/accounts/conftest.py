"""Browsers, a cache of one's own, and settings of sign-up."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.cache import cache
from pytest_django import Settings
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from tests.support.accounts import Browser


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "accounts"}}
    cache.clear()


@pytest.fixture
def new_browser(db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], Browser]:
    return lambda: Browser(django_capture_on_commit_callbacks)


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()


@pytest.fixture
def sign_up_is(settings: Settings) -> Callable[..., None]:
    """Sets how people sign up, and what they get."""

    def change(sign_up: str, *, credit: str = "0") -> None:
        changes = {"sign_up": sign_up, "sign_up_credit": Decimal(credit)}
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=changes)

    return change
