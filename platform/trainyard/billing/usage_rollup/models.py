"""Sums of usage records by organization and stretch of time, and by pool, job or member."""

from datetime import timedelta

from django.db import models

from trainyard.core.tenancy import TenantModel

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
"""How long stretches are. Midnight is the beginning of a quarter of an hour in every time zone in use."""
KEY_MAX_LENGTH = 120
"""That of who created a job."""


class UsageRollup(TenantModel):
    """What usage records of one pool sum to that were booked in the ``seconds`` from ``starts_at``.

    The database adds each record as it is inserted, in the same statement (``triggers``), and records are never changed
    or deleted: so the sums are exact at any moment, whoever writes. The records stay the truth, from which
    ``rebuild`` makes these rows anew.
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
    """``UsageRollup`` by the ``key`` of another dimension: of the job, or of the member or key that the job is of.

    Jobs of whom nothing is known have the empty key.
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
