"""A migrated database to copy: migrating takes seconds, which every platform and every process would spend.

SQLite's is a file in ``.cache/``, PostgreSQL's a database that ``CREATE DATABASE … TEMPLATE`` copies, on the server
that the tests use.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection

from scripts.postgres import with_database

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "migrated"
KEPT_SECONDS = 24 * 3600
TEMPLATES = "trainyard_migrated_"
DATABASE = "trainyard.sqlite3"
SHAPING = (
    "platform/**/migrations/*.py",
    "platform/**/*models.py",
    "platform/**/apps.py",
    "platform/**/triggers.py",
    "platform/trainyard/core/**/*.py",
    "platform/trainyard/config/*settings.py",
    "contracts/trainyard_spec/states.py",
    "requirements/*.txt",
)
"""Migrations, what they import, and what tells Django which there are."""


SELDOM_COLLECTED = "import gc\ngc.set_threshold(100_000, 20, 20)\n"
"""As ``manage.py`` does."""


def lay_migrated_database(data_dir: Path) -> None:
    """Puts a database into a new data directory on which ``migrate`` finds nothing to do."""
    data_dir.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(migrated_database(), data_dir / DATABASE)


def migrated_database() -> Path:
    """The file of an empty database with all migrations; made anew when what they depend on changed."""
    KEPT.mkdir(parents=True, exist_ok=True)
    made = KEPT / f"{_fingerprint()}.sqlite3"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in KEPT.glob("*.sqlite3"):
                if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                    old.unlink()
            _migrate(made)
    return made


def _migrate(target: Path) -> None:
    with TemporaryDirectory(prefix="trainyard-") as directory:
        _prepare_database(directory)
        unfinished = target.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(Path(directory) / DATABASE)) as source,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        unfinished.replace(target)


def migrated_template(server: str) -> str:
    """The name of an empty database with all migrations on the PostgreSQL at ``server``, for others to be made of."""
    import psycopg  # which tests on SQLite need not

    name = f"{TEMPLATES}{_fingerprint()}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [TEMPLATES])
        made = dict(
            connection.execute(
                "SELECT datname, shobj_description(oid, 'pg_database')::float FROM pg_database "
                "WHERE starts_with(datname, %s)",
                [TEMPLATES],
            ).fetchall()
        )
        if made.get(name) is None:
            for old, since in made.items():
                if since is None or since < time.time() - KEPT_SECONDS:  # the first were left half-done
                    connection.execute(f"DROP DATABASE IF EXISTS {old} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
            with TemporaryDirectory(prefix="trainyard-") as directory:
                _prepare_database(directory, TRAINYARD_DATABASE_URL=with_database(server, name))
            connection.execute(f"COMMENT ON DATABASE {name} IS '{time.time()}'")
    return name


def _prepare_database(directory: str, **settings: str) -> None:
    environment = _environment(directory) | settings
    command = [sys.executable, str(ROOT / "manage.py"), "prepare", "-v0"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def run_on(data_dir: Path, script: str) -> str:
    """What ``script``, which sets Django up, prints in a process of its own on the database of a data directory."""
    data_dir.mkdir(parents=True, exist_ok=True)
    environment = _environment(str(data_dir)) | {
        "PYTHONPATH": os.pathsep.join(str(ROOT / source) for source in ("platform", "contracts", "sdk")),
        "DJANGO_SETTINGS_MODULE": "trainyard.config.settings",
    }
    command = [sys.executable, "-c", SELDOM_COLLECTED + script]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _environment(directory: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TRAINYARD_DATA_DIR": directory,
        "TRAINYARD_SECRET_KEY": "only-for-tests-0123456789abcdefghij",
    }


def _fingerprint() -> str:
    """Of all that a migration may depend on: a request's code is no reason to migrate again."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SHAPING for path in ROOT.glob(pattern)):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Gives pytest-django a database on which ``migrate`` finds nothing to do."""
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template(
            with_database(os.environ["TEST_DATABASE_URL"], "postgres")
        )
        yield
        return
    name = connection.creation._get_test_db_name()
    with closing(sqlite3.connect(name, uri=True)) as memory, closing(sqlite3.connect(migrated_database())) as file:
        file.backup(memory)
        yield
