"""What was promised in time happens in time, also where beat is restarted every hour."""

from datetime import timedelta

from trainyard.core.recurring import AGAIN_AFTER
from trainyard.periodic.schedule import SCHEDULE, SELDOM
from trainyard.registry.purging import PURGED_AFTER

PROMISED = timedelta(hours=2)
BEAT_LIVES = timedelta(hours=1)


def test_deleted_files_are_gone_within_two_hours() -> None:
    asked = timedelta(seconds=SCHEDULE["purge-deleted"]["schedule"])
    # Beat asks first when it has lived as long as lies between two questions.
    assert asked < BEAT_LIVES / 2
    assert PURGED_AFTER + SELDOM["purge_deleted"] + 2 * asked + AGAIN_AFTER < PROMISED
