"""Fair queuing between organizations: least service first, as in round robin.

An organization with many requests waits for its own; one with a single request is served next.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Count, Max, QuerySet

Row = TypeVar("Row", bound=models.Model)

_NEVER = datetime.min.replace(tzinfo=UTC)


def fair_order(
    *,
    waiting: QuerySet[Row],
    running: QuerySet[Row],
    finished: QuerySet[Row],
    finished_at: str,
    most_running: int | None = None,
) -> list[str]:
    """Whose turn it is: the organizations with rows in ``waiting``, in the order in which they are to be served.

    Parameters
    ----------
    waiting, running, finished
        Rows of all organizations. ``finished`` may leave out what ended long ago.
    finished_at
        The name of the column that says when a row of ``finished`` ended.
    most_running
        Organizations with as many rows in ``running`` have no turn.

    Returns
    -------
    list of str
        Ids: first those with the fewest rows running, among them those that were served the longest time ago.
    """
    claimants = list(waiting.order_by().values_list("organization_id", flat=True).distinct())
    if len(claimants) <= 1 and most_running is None:
        return claimants
    at_work: dict[str, int] = dict(_by_organization(running, claimants).annotate(rows=Count("pk")))
    served_at: dict[str, datetime] = dict(_by_organization(finished, claimants).annotate(last=Max(finished_at)))
    if most_running is not None:
        claimants = [claimant for claimant in claimants if at_work.get(claimant, 0) < most_running]
    return sorted(claimants, key=lambda one: (at_work.get(one, 0), served_at.get(one) or _NEVER, one))


def _by_organization(rows: QuerySet[Row], ids: list[str]) -> QuerySet[Row, Any]:
    return rows.filter(organization_id__in=ids).order_by().values_list("organization_id")
