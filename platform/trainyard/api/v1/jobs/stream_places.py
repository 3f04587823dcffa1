"""Limits on the number of open streams per caller, organization and web process."""

from collections import Counter
from threading import Lock

from django.conf import settings

from trainyard.api.actor import Actor
from trainyard.core.errors import TrainyardError

RETRY_AFTER_SECONDS = 10


class TooManyStreams(TrainyardError):
    """The API key, person or organization has the maximum number of streams open."""

    status = 429
    code = "too_many_streams"


class StreamPlace:
    """Place of one open stream; releasing it twice has no effect."""

    def __init__(self, places: "StreamPlaces", holders: tuple[str, str]) -> None:
        self._places = places
        self._holders: tuple[str, ...] = holders

    def give_back(self) -> None:
        holders, self._holders = self._holders, ()
        self._places.release(holders)


class StreamPlaces:
    """Counts open streams by caller and by organization. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: Counter[str] = Counter()

    def take(self, actor: Actor) -> StreamPlace:
        """Raises ``TooManyStreams``."""
        limits = {
            actor.name: (settings.ENVIRONMENT.streams_per_caller, "You hold"),
            actor.organization_id: (settings.ENVIRONMENT.streams_per_organization, "Your organization holds"),
        }
        with self._lock:
            for holder, (most, who) in limits.items():
                if self._open[holder] >= most:
                    raise TooManyStreams(
                        f"{who} {most:,} streams open, as many as may be.",
                        hint="Close some, or read GET /jobs/{id} now and then instead.",
                        retry_after_seconds=RETRY_AFTER_SECONDS,
                    )
            self._open.update(limits.keys())
        return StreamPlace(self, (actor.name, actor.organization_id))

    def release(self, holders: tuple[str, ...]) -> None:
        with self._lock:
            self._open.subtract(holders)
            for holder in holders:
                if self._open[holder] <= 0:
                    del self._open[holder]

    def __len__(self) -> int:
        return len(self._open)


places = StreamPlaces()
