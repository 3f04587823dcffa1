"""Operators look after the platform in Django's admin; everybody else stays outside."""

from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.test import Client
from operator_pages import PASSWORD, address, any_row

from trainyard.billing.models import Hold, LedgerAccount, LedgerTransaction, Price, UsageRecord
from trainyard.core.models import AuditEvent
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Attempt, Job
from trainyard.pools.models import EnrolmentToken, Pool, PoolQuota, Worker
from trainyard.registry.models import Model
from trainyard.tenants.models import ApiKey, Membership, Organization, User

PAGES: list[type[models.Model]] = [
    Organization,
    User,
    Membership,
    ApiKey,
    Pool,
    Worker,
    EnrolmentToken,
    PoolQuota,
    Price,
    LedgerAccount,
    LedgerTransaction,
    UsageRecord,
    Hold,
    DatasetVersion,
    Job,
    Attempt,
    Model,
    AuditEvent,
]
READ_ONLY = [ApiKey, Worker, EnrolmentToken, LedgerAccount, LedgerTransaction, UsageRecord, Hold]
READ_ONLY += [DatasetVersion, Job, Attempt, Model, AuditEvent]


def name_of(model: type[models.Model]) -> str:
    return model.__name__


def test_every_page_of_ours_is_tested() -> None:
    import_module(settings.ROOT_URLCONF)
    assert set(admin.site._registry) == set(PAGES)


@pytest.mark.parametrize("model", PAGES, ids=name_of)
def test_lists_and_pages_open(staff: Client, platform: Organization, model: type[models.Model]) -> None:
    row = any_row(model)
    listed = staff.get(address(model, "changelist"))
    assert listed.status_code == 200
    assert str(quote(row.pk)) in listed.content.decode()
    assert staff.get(address(model, "changelist"), {"q": str(row.pk)}).status_code == 200
    assert staff.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", PAGES, ids=name_of)
def test_everybody_else_is_turned_away(platform: Organization, model: type[models.Model]) -> None:
    member = Client()
    for client in (member, Client()):
        for page in (address(model, "changelist"), address(model, "change", any_row(model).pk)):
            answer = client.get(page)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/admin/login/")
        member.force_login(User.objects.get(email="ada@meadow.example"))


@pytest.mark.parametrize("model", READ_ONLY, ids=name_of)
def test_what_the_platform_writes_is_read_only(
    staff: Client, platform: Organization, model: type[models.Model]
) -> None:
    row = any_row(model)
    assert staff.get(address(model, "add")).status_code == 403
    assert staff.post(address(model, "change", row.pk), {}).status_code == 403
    assert staff.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [Organization, User, Pool, Price], ids=name_of)
def test_nothing_is_deleted(staff: Client, platform: Organization, model: type[models.Model]) -> None:
    row = any_row(model)
    assert staff.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_an_operator_sees_every_secret_as_little_as_anybody(staff: Client, platform: Organization) -> None:
    key = any_row(ApiKey)
    assert isinstance(key, ApiKey)
    assert key.secret_sha256 not in staff.get(address(ApiKey, "change", key.pk)).content.decode()


class TestLogin:
    def log_in(self, email: str, password: str = PASSWORD) -> Any:
        return Client().post("/admin/login/?next=/admin/", {"username": email, "password": password})

    def test_an_operator_logs_in(self, staff: Client) -> None:
        answer = self.log_in("op@trainyard.example")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")

    def test_a_member_does_not(self, platform: Organization) -> None:
        assert self.log_in("ada@meadow.example").status_code == 200

    def test_guessing_is_limited(self, staff: Client) -> None:
        pages = [self.log_in("op@trainyard.example", "wrong").content.decode() for _ in range(12)]
        assert "Too many failed login attempts" not in pages[0]
        assert "Too many failed login attempts" in pages[-1]
        assert self.log_in("op@trainyard.example").status_code == 200
