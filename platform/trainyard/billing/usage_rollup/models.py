"""Sums of usage records by organization and time bucket, and by pool, job or member."""

from datetime import timedelta

from django.db import models

from trainyard.core.tenancy import TenantModel

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
"""How long stretches are. Midnight is the beginning of a quarter of an hour in every time zone in use."""
KEY_MAX_LENGTH = 120
"""That of who created a job."""


class UsageRollup(TenantModel):
    """Sum of the usage records of one pool that were booked in the bucket of ``seconds`` from ``starts_at``.

    Database triggers (``triggers``) add each record in the statement that inserts it, and records are never changed or
    deleted. So the sums are always exact, whoever writes. The records remain authoritative: ``rebuild`` recomputes
    these rows from them.
    """

    pool = models.ForeignKey("pools.Pool", on_delete=models.PROTECT, related_name="+")
    seconds = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    amount_micros = models.BigIntegerField()
    slot_microseconds = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "seconds", "starts_at", "pool"], name="usage_summed_once_a_stretch"
            )
        ]


class DimensionRollup(TenantModel):
    """``UsageRollup`` by another dimension: ``key`` is a job, or the member or API key that created the job.

    The key is empty where the job or its creator is unknown.
    """

    class Dimension(models.TextChoices):
        JOB = "job"
        MEMBER = "member"

    dimension = models.CharField(max_length=8, choices=Dimension)
    key = models.CharField(max_length=KEY_MAX_LENGTH, blank=True)
    seconds = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    amount_micros = models.BigIntegerField()
    slot_microseconds = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "dimension", "seconds", "starts_at", "key"], name="usage_summed_once_a_key"
            )
        ]
