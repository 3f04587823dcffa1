"""A member who logs in by password, and a cache of one's own: limits of failed log-ins are counted there."""

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.support.logins import EMAIL, PASSWORD
from tests.support.platform import START
from trainyard.core.time import database_now
from trainyard.tenants import operations
from trainyard.tenants.models import Membership, Organization, Role, User


@pytest.fixture
def own_cache(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "login"}}
    cache.clear()


@pytest.fixture
def ada(organization: Organization) -> User:
    user = operations.create_user(email=EMAIL, password=PASSWORD, now=database_now())
    Membership.objects.create(organization=organization, user=user, role=Role.MEMBER, created_at=START)
    return user
