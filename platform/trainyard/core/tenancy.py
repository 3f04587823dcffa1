"""Every tenant-owned row is read through the tenant in context; without one, reading raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)

_tenant: ContextVar[str | None] = ContextVar("trainyard_tenant", default=None)


class TenantNotSet(RuntimeError):
    """Tenant-owned rows were asked for outside ``tenant_scope``."""


def current_tenant() -> str:
    """The organization id in context. Raises ``TenantNotSet`` when there is none."""
    tenant = _tenant.get()
    if tenant is None:
        raise TenantNotSet("no tenant in context: wrap the call in tenant_scope(organization_id)")
    return tenant


@contextmanager
def tenant_scope(organization_id: str) -> Iterator[None]:
    """Makes ``organization_id`` the tenant of every query inside the block."""
    token = _tenant.set(organization_id)
    try:
        yield
    finally:
        _tenant.reset(token)


class TenantManager(models.Manager[Row]):
    """Rows of the tenant in context only."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(organization_id=current_tenant())


class TenantModel(models.Model):
    """A row that belongs to one organization.

    ``objects`` is scoped and raises without a tenant. ``across_tenants`` is for platform code that serves all of
    them (claiming, reconcilers, the operators' views) and is named so that a reviewer sees it.
    """

    organization = models.ForeignKey("tenants.Organization", on_delete=models.PROTECT, related_name="+")

    objects = TenantManager()
    across_tenants = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "across_tenants"

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.organization_id:
            self.organization_id = current_tenant()
        super().save(*args, **kwargs)
