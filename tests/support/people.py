"""People of an organization who are logged in: the callers that a key cannot be."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.support.platform import START
from trainyard.core.time import database_now
from trainyard.tenants import operations
from trainyard.tenants.models import Membership, Organization, Role, User


@dataclass(frozen=True)
class Person:
    """Speaks to the API by a session of their own, for the organization that a header names if it is given."""

    user: User
    client: Client

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        call = getattr(self.client, method)
        return call(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers)

    def member_id(self, organization: Organization) -> str:
        return Membership.objects.get(user=self.user, organization=organization).id


def person(email: str, organization: Organization | None = None, role: Role = Role.MEMBER) -> Person:
    """Somebody with an account, who is logged in and a member of ``organization``."""
    user = operations.create_user(email=email, password=None, now=database_now())
    if organization is not None:
        Membership.objects.create(organization=organization, user=user, role=role, created_at=START)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return Person(user, client)
