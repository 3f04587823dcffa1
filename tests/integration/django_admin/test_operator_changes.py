"""What operators change in Django's admin goes through the platform's operations and into its audit log."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from operator_pages import PASSWORD, address, any_row, make_job

from tests.support.platform import START, Caller
from trainyard.billing.models import Price
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool, PoolQuota, Worker
from trainyard.tenants import operations as tenants
from trainyard.tenants.models import Membership, Organization, Role, User


def form_errors(answer: Any) -> dict[str, Any]:
    errors: dict[str, Any] = answer.context["adminform"].form.errors
    return errors


def test_a_price_is_made_by_the_operation(staff: Client, pool: Pool) -> None:
    form = {"pool": pool.pk, "per_slot_second": "0.0005", "effective_from_0": "", "effective_from_1": ""}
    assert staff.post(address(Price, "add"), form).status_code == 302
    price = Price.objects.get(per_slot_second="0.0005")
    assert price.effective_from > database_now() - timedelta(minutes=1)
    assert price.currency == "USD"
    assert AuditEvent.objects.filter(action="price.set", target=price.pk).exists()


@pytest.mark.parametrize("price", ["1000.000000001", "-0.1", "999999999", "NaN"])
def test_a_price_out_of_range_is_refused_at_its_field(staff: Client, pool: Pool, price: str) -> None:
    form = {"pool": pool.pk, "per_slot_second": price, "effective_from_0": "", "effective_from_1": ""}
    assert list(form_errors(staff.post(address(Price, "add"), form))) == ["per_slot_second"]
    assert Price.objects.count() == 1


@pytest.mark.parametrize("price", ["1000.000000001", "-0.000000001"])
def test_the_database_holds_no_price_out_of_range(pool: Pool, price: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(
            pool=pool, per_slot_second=price, currency="USD", effective_from=database_now(), created_at=database_now()
        )


def test_a_price_in_the_past_is_refused_with_a_sentence(staff: Client, pool: Pool) -> None:
    form = {
        "pool": pool.pk,
        "per_slot_second": "0.0005",
        "effective_from_0": "2026-01-05",
        "effective_from_1": "00:00:00",
    }
    answer = staff.post(address(Price, "add"), form)
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "A price cannot take effect in the past."
    ]
    assert Price.objects.count() == 1


def test_a_price_is_never_edited(staff: Client, pool: Pool) -> None:
    assert staff.post(address(Price, "change", any_row(Price).pk), {"per_slot_second": "9"}).status_code == 403


def test_an_organization_is_made_with_its_first_key(staff: Client) -> None:
    form = {"name": "Hill Labs", "owner_email": "grace@hill.example"}
    answer = staff.post(address(Organization, "add"), form)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    organization = Organization.objects.get()
    assert organization.pk in AuditEvent.objects.filter(action="organization.create").values_list("target", flat=True)
    (secret,) = re.findall(r"ty_live_[\w-]+", answer.content.decode())
    assert Caller(organization, secret).get("/me").status_code == 200
    kept = (str(answer.cookies), str(staff.session.items()), staff.get("/admin/").content.decode())
    assert [place for place in kept if secret in place] == []


def test_suspending_an_organization_is_audited(staff: Client, owner: Caller, organization: Organization) -> None:
    form = {"name": organization.name, "state": "suspended"}
    assert staff.post(address(Organization, "change", organization.pk), form).status_code == 302
    assert owner.get("/me").status_code == 401
    event = AuditEvent.objects.get(action="organization.change")
    assert (event.target, event.data) == (organization.pk, {"fields": ["state"]})


def test_a_person_is_made_with_a_password_and_made_an_operator(staff: Client) -> None:
    form = {"email": "Grace@hill.example", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    answer = staff.post(address(User, "add"), form)
    assert answer.status_code == 302, form_errors(answer)
    grace = User.objects.get(email="grace@hill.example")
    assert grace.check_password(PASSWORD)
    assert not grace.is_staff
    changed = {"email": grace.email, "name": "Grace", "is_staff": "on", "is_active": "on"}
    answer = staff.post(address(User, "change", grace.pk), changed)
    assert answer.status_code == 302, form_errors(answer)
    assert User.objects.get(pk=grace.pk).is_staff
    password = staff.get(reverse("admin:auth_user_password_change", args=[grace.pk]))
    assert password.status_code == 200


def test_a_membership_is_made_and_ended(staff: Client, organization: Organization) -> None:
    user = tenants.create_user(email="ada@meadow.example", password=None, now=START)
    form = {"user": user.pk, "organization": organization.pk, "role": "viewer"}
    assert staff.post(address(Membership, "add"), form).status_code == 302
    membership = Membership.objects.get(user=user)
    assert staff.post(address(Membership, "change", membership.pk), {"role": "admin"}).status_code == 302
    assert Membership.objects.get(user=user).role == Role.ADMIN
    assert staff.post(address(Membership, "delete", membership.pk), {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(user=user).exists()


def test_a_pool_is_made_and_closed(staff: Client) -> None:
    assert staff.post(address(Pool, "add"), {"name": "gpu-a", "slot_kind": "cuda"}).status_code == 302
    pool = Pool.objects.get()
    assert staff.post(address(Pool, "change", pool.pk), {"state": "closed", "name": "other"}).status_code == 302
    pool.refresh_from_db()
    assert (pool.name, pool.state) == ("gpu-a", "closed")


def test_workers_are_steered_from_the_list(staff: Client, platform: Organization) -> None:
    worker = any_row(Worker)
    for action, state in (("cordon", "cordoned"), ("drain", "draining"), ("uncordon", "active"), ("remove", "removed")):
        form = {"action": action, "_selected_action": [worker.pk]}
        assert staff.post(address(Worker, "changelist"), form).status_code == 302
        worker.refresh_from_db()
        assert worker.state == state  # type: ignore[attr-defined]


def test_a_list_asks_the_database_the_same_number_of_times_for_any_number_of_rows(
    staff: Client, platform: Organization, pool: Pool, django_assert_max_num_queries: Any
) -> None:
    with tenant_scope(platform.id):
        for _ in range(5):
            make_job(pool)
    with django_assert_max_num_queries(9):  # one of them asks for a second factor
        staff.get(address(Job, "changelist"))


def test_a_quota_is_made_once_and_changed(staff: Client, pool: Pool, organization: Organization) -> None:
    form = {"organization": organization.pk, "pool": pool.pk, "weight": "2.5", "guaranteed_slots": "4"}
    assert staff.post(address(PoolQuota, "add"), form).status_code == 302
    again = staff.post(address(PoolQuota, "add"), form)
    assert again.status_code == 200
    assert list(form_errors(again)) == ["__all__"]
    share = PoolQuota.across_tenants.get()
    change = {"weight": "0", "guaranteed_slots": "4"}
    assert list(form_errors(staff.post(address(PoolQuota, "change", share.pk), change))) == ["weight"]
    change = {"weight": "1", "guaranteed_slots": "8", "max_running_jobs": "2"}
    assert staff.post(address(PoolQuota, "change", share.pk), change).status_code == 302
    share.refresh_from_db()
    assert (share.weight, share.guaranteed_slots, share.max_running_jobs) == (1.0, 8, 2)
    assert AuditEvent.objects.filter(target=str(share.pk)).count() == 2
