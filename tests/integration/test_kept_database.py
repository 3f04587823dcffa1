"""The write-ahead log of SQLite outlives each request's connection."""

from pathlib import Path

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from trainyard.core import connections


@pytest.mark.django_db
def test_the_log_stays_while_a_connection_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "database.sqlite3"
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}})
    monkeypatch.setattr(connections, "connections", handler)
    log = Path(f"{path}-wal")
    _write(handler["default"], "PRAGMA journal_mode=WAL")
    _write(handler["default"], "CREATE TABLE notes (text)")
    assert not log.exists()
    kept = connections.keep_database_open.__wrapped__()
    assert kept is not None
    try:
        _write(handler["default"], "INSERT INTO notes VALUES ('kept')")
        assert log.stat().st_size > 0
        _write(handler["default"], "PRAGMA wal_checkpoint(TRUNCATE)")
        assert log.stat().st_size == 0, "what is kept reads nothing, so the log does not grow for ever"
    finally:
        kept.close()
    assert not log.exists()


@pytest.mark.django_db
def test_a_database_that_cannot_be_opened_is_left_to_who_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = str(tmp_path / "missing" / "database.sqlite3")
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": nowhere}})
    monkeypatch.setattr(connections, "connections", handler)
    assert connections.keep_database_open.__wrapped__() is None


def _write(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
