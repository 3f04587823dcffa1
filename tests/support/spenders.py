"""Spenders of one wallet: as threads of this process, and as processes that start together.

Run as a module it forks such processes: it is told on its standard input which database to use and which jobs are
whose, and tells what each job was charged. Forked, since each would spend seconds on the same imports.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

EACH = 1_000
REPOSITORY = Path(__file__).parents[2]
PLACE = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
"""What of a connection's settings says where the database is, and as whom it is used."""


def spend(number: int, *, pool_id: str) -> int:
    """A job of its own that may cost ``EACH`` micro-units, uses more, and ends; what it was charged."""
    from tests.support.billing import NOW, SECOND, keep
    from trainyard.billing import holds

    job_id = f"job_{number}"
    holds.reserve_funds(
        job_id=job_id, cap_micros=EACH, reserve_micros=EACH // 2, backed_micros=1, least_micros=1, now=NOW
    )
    charged = keep(pool_id=pool_id, job_id=job_id, attempt_id=f"att_{number}", begin=0, end=30 * SECOND)
    holds.release_hold(job_id=job_id, now=NOW)
    return charged


def spend_in_threads(numbers: Sequence[int], *, organization_id: str, pool_id: str) -> list[int | str]:
    """What each job was charged, or the code of the error that refused it."""
    from tests.support.transactional import at_once
    from trainyard.core.errors import TrainyardError
    from trainyard.core.tenancy import tenant_scope

    with tenant_scope(organization_id):
        results = at_once([partial(spend, number, pool_id=pool_id) for number in numbers])
    told: list[int | str] = []
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, TrainyardError):
            raise result
        told.append(result.code if isinstance(result, TrainyardError) else result)
    return told


def spend_in_processes(numbers: Sequence[int], *, processes: int, **about: str) -> list[int | str]:
    """As ``spend_in_threads``, with ``numbers`` dealt to as many processes, which have threads of their own."""
    from django.db import connection

    database = {name: connection.settings_dict[name] for name in PLACE}
    shares = [list(numbers[first::processes]) for first in range(processes)]
    orders = {"database": database, "shares": shares, "about": about}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.spenders"],
        input=json.dumps(orders, default=str),
        env=environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: list[int | str] = json.loads(done.stdout)
    return told


def _main() -> None:
    orders: dict[str, Any] = json.load(sys.stdin)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.settings"
    import django

    django.setup()
    from django.db import connection

    import tests.support.billing
    import tests.support.transactional  # noqa: F401  what each would import by itself

    connection.settings_dict.update(orders["database"])
    # None is connected as it is forked: each opens a connection of its own.
    context = get_context("fork")
    together = partial(_spend_together, **orders["about"])
    count = len(orders["shares"])
    with ProcessPoolExecutor(count, context, initializer=_meet_at, initargs=(context.Barrier(count),)) as pool:
        told = [each for share in pool.map(together, orders["shares"]) for each in share]
    print(json.dumps(told))


_barrier: Barrier


def _meet_at(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _spend_together(numbers: Sequence[int], **about: str) -> list[int | str]:
    """In one process of several, which begin when all of them are connected."""
    from django.db import connection

    connection.ensure_connection()
    _barrier.wait(timeout=60)
    return spend_in_threads(numbers, **about)


if __name__ == "__main__":
    _main()
