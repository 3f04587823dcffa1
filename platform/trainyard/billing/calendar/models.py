"""Offset of billing's calendar from the clock: a row that exists only where a test clock was moved."""

from django.db import models


class ClockOffset(models.Model):
    """The one row: calendar time is the database's time and ``microseconds``. It only grows."""

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
