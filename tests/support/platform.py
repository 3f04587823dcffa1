"""The standing actors of every endpoint test, and the platform they meet.

Three people: the ``owner`` of an organization, a ``teammate`` (viewer) in it, and an ``outsider`` who owns another.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from trainyard.billing.models import Price
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.api_keys import KeyTerms, issue_api_key
from trainyard.tenants.models import Organization, Role

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Speaks to the API with one key. Every call answers Django's test response; ``.json()`` is its body."""

    organization: Organization | None
    secret: str

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query_params=query)

    def get_with(self, path: str, **headers: str) -> Any:
        return self._client.get(f"/api/v1{path}", headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._client.post(
            f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._client.patch(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)

    def upload(self, path: str, **fields: Any) -> Any:
        return self._client.post(f"/api/v1{path}", fields)

    def delete(self, path: str) -> Any:
        return self._client.delete(f"/api/v1{path}")

    @property
    def _client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.secret}"}, raise_request_exception=False)


def operator_caller() -> Caller:
    issued = issue_api_key(
        organization_id=None, terms=KeyTerms(name="operator", role=Role.OWNER), actor="tests", now=datetime.now(UTC)
    )
    return Caller(None, issued.secret)


def caller_of(organization: Organization, role: Role) -> Caller:
    issued = issue_api_key(
        organization_id=organization.id, terms=KeyTerms(name=str(role), role=role), actor="tests", now=datetime.now(UTC)
    )
    return Caller(organization, issued.secret)


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(name="Meadow Labs", created_at=START)


@pytest.fixture
def owner(organization: Organization) -> Caller:
    return caller_of(organization, Role.OWNER)


@pytest.fixture
def teammate(organization: Organization) -> Caller:
    return caller_of(organization, Role.VIEWER)


@pytest.fixture
def outsider(db: None) -> Caller:
    return caller_of(Organization.objects.create(name="Other Labs", created_at=START), Role.OWNER)


@pytest.fixture
def operator(db: None) -> Caller:
    return operator_caller()


@pytest.fixture
def anonymous() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def in_tenant(organization: Organization) -> Iterator[Organization]:
    """The test body runs with the owner's organization in context."""
    with tenant_scope(organization.id):
        yield organization


@pytest.fixture
def pool(db: None) -> Pool:
    """A CPU pool at 0.0001 a slot-second."""
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=START)
    Price.objects.create(
        pool=pool, per_slot_second=Decimal("0.0001"), currency="USD", effective_from=START, created_at=START
    )
    return pool
