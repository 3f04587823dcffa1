"""Reads of the speed profiles of the current tenant."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from trainyard.jobs.profiles.models import SpeedProfile

GOOD_FOR = timedelta(days=30)
"""A pool's machines and the engine change: what was measured longer ago is measured again where somebody asks."""


def profile_of(fingerprint: str, *, now: datetime) -> SpeedProfile | None:
    """The speed profile of that fingerprint, unless it is too old to say anything."""
    return fresh(profiles_of(fingerprint), now=now)


def profiles_of(fingerprint: str) -> QuerySet[SpeedProfile]:
    """What ``profile_of`` reads: at most one row."""
    return SpeedProfile.objects.filter(fingerprint=fingerprint)


def fresh(profiles: Iterable[SpeedProfile], *, now: datetime) -> SpeedProfile | None:
    """``profile_of`` of what ``profiles_of`` found."""
    found = next(iter(profiles), None)
    if found is None or (found.finished_at is not None and found.finished_at < now - GOOD_FOR):
        return None
    return found
