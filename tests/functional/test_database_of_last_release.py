"""A database that the last release filled goes on under this one: it is migrated, and all of its history still holds.

The fixtures were written by the sources of 06555d6: an organization whose jobs have succeeded, were paused, cancelled
and resumed, and are on their way to either, with checkpoints, a model, a prediction and the books.
"""

import gzip
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.servers import postgres_database

ROOT = Path(__file__).resolve().parents[2]
DUMPS = ROOT / "tests" / "fixtures" / "releases" / "06555d6" / "database"
DATABASE = "trainyard.sqlite3"

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings that name the filled database."""
    settings = {
        "PATH": os.environ["PATH"],
        "TRAINYARD_DATA_DIR": str(tmp_path),
        "TRAINYARD_SECRET_KEY": "only-for-tests-0123456789abcdefghij",
    }
    dump = gzip.decompress((DUMPS / f"{request.param}.sql.gz").read_bytes()).decode()
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
            connection.executescript(dump)
        yield settings
        return
    with postgres_database() as address:
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            connection.execute(dump.encode())
        yield settings | {"TRAINYARD_DATABASE_URL": address}


def manage(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(environment: dict[str, str], query: str) -> list[tuple[Any, ...]]:
    if (address := environment.get("TRAINYARD_DATABASE_URL")) is None:
        with closing(sqlite3.connect(Path(environment["TRAINYARD_DATA_DIR"]) / DATABASE)) as connection:
            return list(connection.execute(query))
    with closing(psycopg.connect(address)) as connection:
        return connection.execute(query.encode()).fetchall()


def test_it_is_migrated_and_everything_in_it_still_holds(environment: dict[str, str]) -> None:
    manage(environment, "migrate", "-v0")
    assert "hold for 7 jobs, 41 events, 6 attempts, 6 usage records" in manage(environment, "check_history")
    jobs = "SELECT name, state, reason, desired_reason FROM jobs_job ORDER BY name"
    assert rows(environment, jobs) == [
        ("cancelled", "cancelled", "user_cancelled", ""),
        ("cancelled-in-queue", "cancelled", "user_cancelled", ""),
        ("paused", "paused", "user_paused", ""),
        ("resumed", "queued", "user_resumed", ""),
        ("stopping-for-cancel", "stopping", "user_cancelled", "user_cancelled"),
        ("stopping-for-pause", "stopping", "user_paused", "user_paused"),
        ("succeeded", "succeeded", "completed", ""),
    ]
    attempts = "SELECT state, reason, count(*) FROM jobs_attempt WHERE ended_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1"
    assert [row[:2] for row in rows(environment, attempts)] == [
        ("stopped", "user_cancelled"),
        ("stopped", "user_paused"),
        ("succeeded", "completed"),
    ]
    assert rows(environment, "SELECT name, task FROM models_model") == [("succeeded", "tabular_classification")]
    assert rows(environment, "SELECT weight FROM pools_poolquota") == [(2.0,)]
    holds = "SELECT count(*) FROM billing_hold h JOIN jobs_job j ON j.id = h.job_id WHERE h.job_name = j.name"
    assert rows(environment, f"{holds} AND h.created_by = j.created_by") == [(7,)]
    by_dimension = "SELECT dimension, sum(amount_micros) FROM billing_dimensionrollup WHERE seconds = 86400 GROUP BY 1"
    [(billed,)] = rows(environment, "SELECT sum(amount_micros) FROM billing_usagerecord")
    assert sorted(rows(environment, by_dimension)) == [("job", billed), ("member", billed)]
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityConstraintViolation), match="append-only"):
        rows(environment, "UPDATE billing_usagerecord SET billed_by = ''")
