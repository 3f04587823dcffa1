"""Offset of the billing calendar from the clock. The row exists only where a test clock was moved."""

from django.db import models


class ClockOffset(models.Model):
    """Single row: calendar time is the database time plus ``microseconds``, which never decreases."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    microseconds = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1) & models.Q(microseconds__gte=0), name="one_clock_that_never_goes_back"
            )
        ]
