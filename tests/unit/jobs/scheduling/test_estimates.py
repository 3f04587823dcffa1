"""When a job may start that its organization's own limit holds back."""

import pytest

from tests.support.scheduling import NOW, pool, running, waiting
from trainyard.jobs.scheduling.estimates import JobsAhead, start_range
from trainyard.jobs.scheduling.state import Rules, Tenant

HOUR = 3_600.0


@pytest.mark.parametrize(
    ("limit", "ahead", "earliest", "latest"),
    [
        (None, 0, 0, 0),  # there are slots enough
        (3, 0, 0, 0),
        (2, 0, 600, HOUR),  # the first of its own has to end
        (1, 0, 1_200, 2 * HOUR),  # both have
        (2, 1, 1_200, 2 * HOUR),  # one goes to the job before it
    ],
)
def test_a_limit_of_running_jobs_is_waited_for(limit: int | None, ahead: int, earliest: float, latest: float) -> None:
    job = waiting("new", "a")
    state = pool(
        job,
        running("one", "a", ends_by=NOW + HOUR, ends_about=NOW + 600),
        running("two", "a", ends_by=NOW + 2 * HOUR, ends_about=NOW + 1_200),
        running("theirs", "b", ends_by=NOW + 10, ends_about=NOW + 10),
        slots=8,
        tenants=[Tenant("a", max_running_jobs=limit)],
    )
    found = start_range(state, Rules(), job, ahead=JobsAhead(jobs=ahead, slots=ahead))
    assert found is not None
    assert (found.earliest - NOW, found.latest - NOW) == (earliest, latest)
