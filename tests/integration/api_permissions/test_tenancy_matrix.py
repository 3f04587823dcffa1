"""Every operation of the OpenAPI document, asked about what belongs to one organization, by everybody else.

The ids of the rows that an organization has are unguessable and are found nowhere but in what is about them: an answer
that holds one, beside those that were sent, has leaked. With both walls, with the managers of ``tenancy`` alone, and
with PostgreSQL's row-level security alone.
"""

import pytest
from django.db import connection, models, transaction
from django.test import Client

from tests.support.estate import ID, Estate, calls, estate
from tests.support.platform import Caller
from tests.support.present_bench import bench, enrolled
from trainyard.core import tenancy
from trainyard.core.postgresql import base as postgresql
from trainyard.core.scope import Scope, current_scope
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.pools.workers import Enrolled
from trainyard.tenants.api_keys import Granter, KeyTerms, issue_api_key, revoke_api_key
from trainyard.tenants.models import Organization, Role

__all__ = ["bench", "enrolled", "estate"]

REFUSED = range(400, 500)


WALLS = ["both", "managers", "database"]


@pytest.fixture(params=WALLS)
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which walls stand."""
    if request.param != "both" and connection.vendor != "postgresql":
        pytest.skip("SQLite has one wall: the managers")
    if request.param == "managers":
        monkeypatch.setattr(
            postgresql, "current_scope", lambda: Scope(current_scope().organization_id, is_platform=True)
        )
    if request.param == "database":
        monkeypatch.setattr(tenancy.TenantManager, "get_queryset", models.Manager.get_queryset)
    return str(request.param)


@pytest.fixture
def strangers(outsider: Caller, owner: Caller, organization: Organization, enrolled: Enrolled) -> dict[str, Client]:
    """Everybody who has no business with the estate."""
    terms = KeyTerms(name="ended", role=Role.OWNER)
    issued = issue_api_key(organization_id=organization.id, terms=terms, actor="tests", now=database_now())
    with tenant_scope(organization.id):
        revoke_api_key(key_id=issued.key.id, granted_by=Granter(role=Role.OWNER), actor="tests", now=database_now())
    secrets = {"outsider": outsider.secret, "worker's token": enrolled.token, "revoked key": issued.secret}
    keys = {
        name: Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)
        for name, secret in secrets.items()
    }
    return {**keys, "no key": Client(raise_request_exception=False)}


def leaks(estate: Estate, strangers: dict[str, Client]) -> list[str]:
    """What strangers are told or change of the estate, by any operation."""
    with platform_scope():
        secrets, before = estate.secrets(), estate.rows()
    assert len(secrets) > 15
    found = []
    for who, client in strangers.items():
        for call in calls(estate):
            sent = set(ID.findall(f"{call.path} {call.body}"))
            with transaction.atomic():
                status, answer = call.ask(client)
                with platform_scope():
                    changed = status < 300 and estate.rows() != before
                transaction.set_rollback(True)
            told = (secrets & set(ID.findall(answer))) - sent
            if told or changed or status >= 500 or (call.is_about_it and status not in REFUSED):
                found.append(f"{who}: {call.name} answers {status}, tells {sorted(told)}, changed: {changed}")
    return found


def test_nobody_else_learns_or_changes_anything(estate: Estate, strangers: dict[str, Client], walls: str) -> None:
    assert len(list(calls(estate))) > 150
    assert leaks(estate, strangers) == []


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="PostgreSQL has a second wall")
def test_without_any_wall_it_would_be_seen(
    estate: Estate, strangers: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix can find what it looks for. (A prepared query, as of jobs, keeps the wall that it was made with.)"""
    monkeypatch.setattr(tenancy.TenantManager, "get_queryset", models.Manager.get_queryset)
    found = leaks(estate, {"outsider": strangers["outsider"]})
    for name in ("listDatasets", "getModel", "renameDataset", "deleteModel"):
        assert any(f" {name} answers" in leak for leak in found), name


def test_what_is_asked_about_is_there_for_its_owner_and_a_viewer(
    estate: Estate, owner: Caller, teammate: Caller
) -> None:
    """Otherwise that nobody else sees it would mean nothing."""
    for caller, hidden in ((owner, set()), (teammate, {"getExport"})):
        client = Client(headers={"Authorization": f"Bearer {caller.secret}"}, raise_request_exception=False)
        answers = {
            call.name: call.ask(client)[0]
            for call in calls(estate)
            if call.method == "get" and call.is_about_it and "/admin/" not in call.path
        }
        seen = {name for name, status in answers.items() if status == 200}
        assert {
            "getJob",
            "getModel",
            "getDataset",
            "getDatasetVersion",
            "getUpload",
            "getWebhookEndpoint",
        } - seen == set()
        assert len(seen) > 15, answers
        assert not hidden & seen
