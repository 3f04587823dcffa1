"""Exports and deletions of whole organizations."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_del_id, new_exp_id
from trainyard.core.tenancy import TenantModel


class Export(TenantModel):
    """A zip with everything of an organization. Whoever writes it has claimed it until ``claimed_until``."""

    class State(models.TextChoices):
        PREPARING = "preparing"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_exp_id, editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.PREPARING)
    requested_by = models.CharField(max_length=ID_MAX_LENGTH)
    created_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], name="one_export_at_a_time", condition=models.Q(state="preparing")
            )
        ]
        indexes = [models.Index(fields=["state", "id"], name="exports_by_state")]

    @property
    def blob_key(self) -> str:
        """Where the zip lies; each claim has its own place, so that two never mix."""
        return f"{exports_prefix(self.organization_id)}/{self.id}/{self.fence}.zip"


class Deletion(models.Model):
    """That an organization is deleted, and the receipt of it. ``notify`` are the addresses that get the receipt."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_del_id, editable=False)
    organization_id = models.CharField(max_length=ID_MAX_LENGTH, unique=True)
    requested_by = models.CharField(max_length=ID_MAX_LENGTH)
    requested_at = models.DateTimeField()
    notify = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)
    receipt = models.JSONField(null=True)


def exports_prefix(organization_id: str) -> str:
    """The prefix of every blob with an export."""
    return f"organizations/{organization_id}/exports"
