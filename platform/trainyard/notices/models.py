"""Read positions: how far each person has read their notices."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH
from trainyard.core.tenancy import TenantManager


class ReadMark(models.Model):
    """A person has read every notice up to ``read_through``, a ``DomainEvent.sequence``.

    Of each of their organizations; without one, as an operator of the platform.
    """

    organization_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    user_id = models.CharField(max_length=ID_MAX_LENGTH)
    read_through = models.BigIntegerField(default=0)

    objects = TenantManager()
    across_tenants = models.Manager()

    class Meta:
        base_manager_name = "across_tenants"
        constraints = [models.UniqueConstraint(fields=["organization_id", "user_id"], name="read_mark_once_per_person")]
