"""Every role and every scope at every operation of the OpenAPI document: who may is let in, and nobody else."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from tests.support.platform import START
from trainyard.api.permissions import AUTHENTICATED, OPERATOR, PERSON, PUBLIC
from trainyard.core.time import database_now
from trainyard.tenants import operations
from trainyard.tenants.api_keys import KeyTerms, issue_api_key
from trainyard.tenants.models import Membership, Organization, Role
from trainyard.tenants.permissions import PERMISSIONS, SCOPES

DOCUMENT = Path(__file__).resolve().parents[3] / "frontend" / "openapi.json"
"""As DRF serves it, which a test of its own holds to the code."""
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
REFUSED = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Operation:
    """``action`` is the row of the table, or the mark, that the view names for it."""

    name: str
    method: str
    path: str
    action: str


@cache
def all_operations() -> tuple[Operation, ...]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    found = []
    for template, methods in document["paths"].items():
        for method in METHODS & methods.keys():
            path = _filled(template, methods[method].get("parameters", []))
            actions = getattr(resolve(path).func, "cls").actions  # noqa: B009  as REST framework sets it
            found.append(Operation(methods[method]["operationId"], method, path, actions[method.upper()]))
    return tuple(sorted(found, key=lambda operation: operation.name))


def _filled(template: str, parameters: list[dict[str, Any]]) -> str:
    """``template`` with the id of nothing in each place; a number where a number is asked for."""
    numbers = {each["name"] for each in parameters if each["schema"].get("type") == "integer"}
    return re.sub(r"\{([^}]+)\}", lambda found: "1" if found[1] in numbers else "nothing", template)


def status(client: Client, operation: Operation) -> int:
    """What ``operation`` answers to an empty body about something that is not there; nothing of it stays."""
    body = {} if operation.method == "get" else {"data": "{}", "content_type": "application/json"}
    with transaction.atomic():
        answer = getattr(client, operation.method)(operation.path, **body)
        transaction.set_rollback(True)
    return int(answer.status_code)


def wrong(client: Client, *, may: dict[str, bool]) -> list[str]:
    """The operations that let in who may not, or keep out who may; ``may`` by action or mark."""
    found = []
    for operation in all_operations():
        answered = status(client, operation)
        let_in = answered != 403 if may[operation.action] else answered in REFUSED
        if not let_in or answered in {401, 500}:
            found.append(f"{operation.name} ({operation.action}) answers {answered}")
    return found


def test_every_operation_names_who_may_do_it() -> None:
    marks = {OPERATOR, AUTHENTICATED, PERSON, PUBLIC}
    assert {operation.action for operation in all_operations()} <= marks | PERMISSIONS.keys()
    assert len(all_operations()) > 60


@pytest.mark.parametrize("role", Role)
def test_a_person_with_this_role(organization: Organization, role: Role) -> None:
    user = operations.create_user(email="ada@meadow.example", password=None, now=database_now())
    Membership.objects.create(organization=organization, user=user, role=role, created_at=START)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    may = {action: role in permission.roles for action, permission in PERMISSIONS.items()}
    assert wrong(client, may={**may, OPERATOR: False, AUTHENTICATED: True, PERSON: True, PUBLIC: True}) == []


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_with_this_scope_alone(organization: Organization, scope: str) -> None:
    terms = KeyTerms(name="CI", role=Role.OWNER, scopes=(scope,))
    issued = issue_api_key(organization_id=organization.id, terms=terms, actor="tests", now=database_now())
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {issued.secret}"})
    may = {action: not row.scopes or scope in row.scopes for action, row in PERMISSIONS.items()}
    assert wrong(client, may={**may, OPERATOR: False, AUTHENTICATED: True, PERSON: False, PUBLIC: True}) == []


@pytest.mark.parametrize("credentials", ["Bearer ty_live_of_nobody", "Bearer ty_worker_of_a_host"])
def test_nobody_knows_more_than_what_is_public(credentials: str, db: None) -> None:
    client = Client(raise_request_exception=False, headers={"Authorization": credentials})
    answers = {
        operation.name: status(client, operation) for operation in all_operations() if operation.action != PUBLIC
    }
    assert {name: answer for name, answer in answers.items() if answer != 401} == {}


def test_the_table_is_what_was_agreed() -> None:
    """Whoever changes a cell says so here."""
    owner_alone = {action for action, row in PERMISSIONS.items() if row.roles == {Role.OWNER}}
    assert owner_alone == {"organization.own"}
    assert {action for action, row in PERMISSIONS.items() if Role.VIEWER in row.roles} == {
        action for action in PERMISSIONS if action.endswith(".read")
    }
    assert {action for action, row in PERMISSIONS.items() if Role.BILLING in row.roles} >= {"billing.manage"}
    assert not {"jobs.write", "datasets.write", "organization.manage"} & {
        action for action, row in PERMISSIONS.items() if Role.BILLING in row.roles
    }
