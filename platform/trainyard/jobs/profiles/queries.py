"""Speed profiles of the tenant in context."""

from datetime import datetime, timedelta

from trainyard.jobs.profiles.models import SpeedProfile

GOOD_FOR = timedelta(days=30)
"""A pool's machines and the engine change: what was measured longer ago is measured again where somebody asks."""


def profile_of(fingerprint: str, *, now: datetime) -> SpeedProfile | None:
    """The speed profile of that fingerprint, unless it is too old to say anything."""
    found = SpeedProfile.objects.filter(fingerprint=fingerprint).first()
    if found is None or (found.finished_at is not None and found.finished_at < now - GOOD_FOR):
        return None
    return found
