"""An operator who logged in, and a platform with something on every page."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from operator_pages import PASSWORD, make_job
from pytest_django import Settings

from tests.support.billing import SECOND, UNIT, credit, keep
from tests.support.platform import START, Caller
from trainyard.billing import holds
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import Attempt
from trainyard.pools import operations as pools
from trainyard.pools.models import Pool, PoolQuota, Worker
from trainyard.registry.models import Model
from trainyard.tenants import operations as tenants
from trainyard.tenants.models import Membership, Organization, Role


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages"}}
    cache.clear()


@pytest.fixture
def staff(db: None) -> Client:
    """An operator who logged in."""
    user = tenants.create_user(email="op@trainyard.example", password=PASSWORD, now=START, is_operator=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def platform(organization: Organization, owner: Caller, pool: Pool) -> Organization:
    """An organization with something on every page."""
    user = tenants.create_user(email="ada@meadow.example", password=PASSWORD, now=START)
    Membership.objects.create(organization=organization, user=user, role=Role.MEMBER, created_at=START)
    pools.create_enrolment_token(pool_name=pool.name, actor="tests", now=START)
    PoolQuota.across_tenants.create(organization=organization, pool=pool, weight=2.0)
    worker = Worker.objects.create(
        pool=pool, name="host-1", token_sha256="0" * 64, slots=1, registered_at=START, last_heartbeat_at=START
    )
    with tenant_scope(organization.id):
        credit(organization.id, UNIT)
        job = make_job(pool)
        attempt = Attempt.objects.create(
            job=job, fence=1, worker=worker, claimed_at=START, lease_expires_at=START + timedelta(minutes=1)
        )
        holds.reserve_funds(job_id=job.id, cap_micros=UNIT, now=START)
        keep(pool_id=pool.id, job_id=job.id, begin=0, end=SECOND, attempt_id=attempt.id)
        Model.objects.create(
            job=job,
            attempt_id=attempt.id,
            name="digits",
            task=job.task,
            architecture=job.architecture,
            parameters=10,
            test_metrics={"accuracy": 0.97},
            weights_sha256="0" * 64,
            files=[],
            created_at=START,
        )
    return organization
