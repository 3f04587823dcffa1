"""Dunning cases: overdue invoices and the step that each has reached."""

from django.db import models

from trainyard.core.tenancy import TenantModel


class DunningCase(TenantModel):
    """Dunning of one overdue invoice: ``steps_done`` of ``steps.STEPS`` are done, the next is due at ``next_at``.

    ``next_at`` is in billing calendar time. The case ends when nothing of the invoice is due any more, for whatever
    reason; ``stage`` applies only until then.
    """

    class Stage(models.TextChoices):
        RETRYING = "retrying"
        NO_NEW_JOBS = "no_new_jobs"
        JOBS_STOPPED = "jobs_stopped"

    invoice = models.OneToOneField("billing.Invoice", primary_key=True, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.RETRYING)
    steps_done = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["next_at"], name="open_dunning_by_time", condition=models.Q(closed_at=None)),
            models.Index(fields=["organization"], name="open_dunning_by_owner", condition=models.Q(closed_at=None)),
        ]
