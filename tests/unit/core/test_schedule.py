"""What was promised in time happens in time, also where beat is restarted every hour."""

from datetime import timedelta

from trainyard.models.purging import PURGED_AFTER
from trainyard.periodic.schedule import SCHEDULE

PROMISED = timedelta(hours=2)
BEAT_LIVES = timedelta(hours=1)


def test_deleted_files_are_gone_within_two_hours() -> None:
    between_runs = timedelta(seconds=SCHEDULE["purge-deleted"]["schedule"])
    # Beat runs a task first when it has lived as long as lies between two runs.
    assert between_runs < BEAT_LIVES / 2
    assert PURGED_AFTER + 2 * between_runs < PROMISED
