"""Spenders of one wallet: as threads of this process, and as processes that start together.

Run as a module it is one such process: it is told on its standard input which database to use and which jobs are its
own, says ``ready``, begins at the next line, and tells what each job was charged.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
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
    told: list[int | str] = []
    with _started(processes) as spenders:
        for first, spender in enumerate(spenders):
            orders = {"database": database, "numbers": list(numbers[first::processes]), **about}
            _tell(spender, json.dumps(orders, default=str))
        assert [_hear(spender) for spender in spenders] == ["ready"] * processes
        for spender in spenders:
            _tell(spender, "go")
        for spender in spenders:
            told += json.loads(_hear(spender))
    return told


@contextmanager
def _started(processes: int) -> Iterator[list[subprocess.Popen[str]]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "tests.support.spenders"]
    spenders = [
        subprocess.Popen(
            command, env=environment, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    try:
        yield spenders
    finally:
        for spender in spenders:
            spender.kill()
            spender.communicate()


def _tell(spender: subprocess.Popen[str], line: str) -> None:
    assert spender.stdin is not None
    spender.stdin.write(line + "\n")
    spender.stdin.flush()


def _hear(spender: subprocess.Popen[str]) -> str:
    assert spender.stdout is not None
    return spender.stdout.readline().strip()


def _main() -> None:
    orders: dict[str, Any] = json.loads(sys.stdin.readline())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.settings"
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict.update(orders.pop("database"))
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(spend_in_threads(orders.pop("numbers"), **orders)), flush=True)


if __name__ == "__main__":
    _main()
