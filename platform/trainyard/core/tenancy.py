"""Every tenant-owned row is read through the tenant in context; without one, reading raises.

That is the first wall. The second is the database's: PostgreSQL lets a statement see and write the rows of the
organization in context, and those of all only inside ``platform_scope`` (see ``row_security``).
"""

from typing import Any, TypeVar

from django.db import models

from trainyard.core.scope import TenantNotSet as TenantNotSet
from trainyard.core.scope import current_tenant as current_tenant
from trainyard.core.scope import no_scope as no_scope
from trainyard.core.scope import platform_scope as platform_scope
from trainyard.core.scope import tenant_scope as tenant_scope

Row = TypeVar("Row", bound=models.Model)


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

    def give_to_tenant(self) -> None:
        """A row that is nobody's yet is of the tenant in context from now on."""
        if self._state.adding and not self.organization_id:
            self.organization_id = current_tenant()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.give_to_tenant()
        super().save(*args, **kwargs)
