"""SQLite's connections outlive each request: one is opened once, used by one thread at a time, and never in doubt."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from trainyard.core.sqlite import base
from trainyard.core.sqlite.pool import ConnectionPool, file_identity

MOST = 3


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionPool]:
    own = ConnectionPool()
    monkeypatch.setattr(base, "POOL", own)
    yield own
    own.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "database.sqlite3"
    made = sqlite3.connect(path)
    made.execute("CREATE TABLE notes (text)")
    made.close()
    return path


@pytest.fixture
def handler(path: Path, pool: ConnectionPool) -> ConnectionHandler:
    options = {
        "kept_connections": MOST,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;",
    }
    settings = {"ENGINE": "trainyard.core.sqlite", "NAME": str(path), "OPTIONS": options}
    return ConnectionHandler({"default": settings})


@pytest.fixture
def wrapper(handler: ConnectionHandler, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    with django_db_blocker.unblock():
        yield handler["default"]
        handler["default"].close()


def ask(wrapper: BaseDatabaseWrapper, statement: str) -> list[Any]:
    with wrapper.cursor() as cursor:
        return list(cursor.execute(statement).fetchall())


def write(wrapper: BaseDatabaseWrapper, text: str = "kept") -> None:
    ask(wrapper, f"INSERT INTO notes VALUES ('{text}')")


def opened(wrapper: BaseDatabaseWrapper) -> sqlite3.Connection:
    wrapper.ensure_connection()
    connection: sqlite3.Connection = wrapper.connection
    return connection


def test_a_closed_connection_is_the_next_ones(wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path) -> None:
    first = opened(wrapper)
    write(wrapper)
    wrapper.close()
    assert pool.idle(str(path)) == 1
    assert opened(wrapper) is first
    assert pool.idle(str(path)) == 0
    assert ask(wrapper, "SELECT text FROM notes") == [("kept",)]


def test_the_log_stays_while_a_connection_is_kept(
    wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path
) -> None:
    log = Path(f"{path}-wal")
    write(wrapper)
    wrapper.close()
    assert log.stat().st_size > 0
    ask(wrapper, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert log.stat().st_size == 0, "what is kept reads nothing, so the log does not grow for ever"
    wrapper.close()
    pool.close()
    assert not log.exists()


def test_no_more_are_opened_than_threads_ask_at_once_nor_kept_than_is_said(
    handler: ConnectionHandler, pool: ConnectionPool, path: Path, django_db_blocker: Any
) -> None:
    together = Barrier(MOST + 2)
    seen: list[list[int]] = [[] for _ in range(MOST + 2)]

    def work(mine: list[int]) -> None:
        for _ in range(5):
            mine.append(id(opened(handler["default"])))
            together.wait(timeout=60)
            handler["default"].close()
            together.wait(timeout=60)

    with django_db_blocker.unblock():
        threads = [Thread(target=work, args=(mine,)) for mine in seen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for at_once in zip(*seen, strict=True):
        assert len(set(at_once)) == MOST + 2, "nobody shares one"
    assert pool.idle(str(path)) == MOST


def test_an_open_transaction_ends_with_its_connection(
    wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path
) -> None:
    ask(wrapper, "BEGIN IMMEDIATE")
    write(wrapper, "lost")
    wrapper.close()
    assert pool.idle(str(path)) == 0
    assert ask(wrapper, "SELECT text FROM notes") == []


def test_what_was_not_read_to_its_end_holds_no_view_in_place(wrapper: BaseDatabaseWrapper, path: Path) -> None:
    for text in ("first", "second"):
        write(wrapper, text)
    cursor = wrapper.create_cursor()
    assert cursor.execute("SELECT text FROM notes").fetchone() == ("first",)
    wrapper.close()
    other = sqlite3.connect(path)
    with other:
        other.execute("INSERT INTO notes VALUES ('third')")
    other.close()
    assert ask(wrapper, "SELECT count(*) FROM notes") == [(3,)]


@pytest.mark.parametrize("spoil", ["error", "constraints"])
def test_one_that_may_be_spoilt_is_closed(
    wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path, spoil: str
) -> None:
    first = opened(wrapper)
    if spoil == "error":
        with pytest.raises(DatabaseError):
            ask(wrapper, "SELECT nothing FROM nowhere")
    else:
        assert wrapper.disable_constraint_checking()
    wrapper.close()
    assert pool.idle(str(path)) == 0
    assert opened(wrapper) is not first
    assert ask(wrapper, "PRAGMA foreign_keys") == [(1,)]


def test_a_file_in_its_place_is_another_database(wrapper: BaseDatabaseWrapper, path: Path, tmp_path: Path) -> None:
    write(wrapper)
    wrapper.close()
    other = tmp_path / "other.sqlite3"
    made = sqlite3.connect(other)
    made.execute("CREATE TABLE notes (text)")
    made.close()
    other.replace(path)
    for left in (f"{path}-wal", f"{path}-shm"):
        Path(left).unlink(missing_ok=True)
    assert ask(wrapper, "SELECT text FROM notes") == []


def test_a_deleted_file_is_not_written_to(wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path) -> None:
    write(wrapper)
    wrapper.close()
    path.unlink()
    assert pool.take(str(path)) is None
    assert pool.idle(str(path)) == 0


def test_a_fork_leaves_its_parents_connections_alone(
    wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path
) -> None:
    first = opened(wrapper)
    wrapper.close()
    read, tell = os.pipe()
    child = os.fork()
    if child == 0:
        kept = pool.idle(str(path))
        is_new = opened(wrapper) is not first
        os.write(tell, f"{kept} {is_new}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100) == b"0 True"
    os.close(read)
    os.close(tell)
    assert opened(wrapper) is first


def test_one_from_before_a_fork_is_given_to_nobody(
    wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(wrapper)
    monkeypatch.setattr(wrapper, "_process", os.getpid() + 1)
    wrapper.close()
    assert pool.idle(str(path)) == 0


def test_nothing_is_kept_after_the_end(wrapper: BaseDatabaseWrapper, pool: ConnectionPool, path: Path) -> None:
    write(wrapper)
    pool.close()
    wrapper.close()
    assert pool.idle(str(path)) == 0
    assert not Path(f"{path}-wal").exists()


def test_memory_is_kept_by_its_own_connection(pool: ConnectionPool, django_db_blocker: Any) -> None:
    settings = {"ENGINE": "trainyard.core.sqlite", "NAME": ":memory:", "OPTIONS": {"kept_connections": MOST}}
    wrapper = ConnectionHandler({"default": settings})["default"]
    with django_db_blocker.unblock():
        ask(wrapper, "CREATE TABLE notes (text)")
        wrapper.close()
        assert ask(wrapper, "SELECT text FROM notes") == []
    assert pool.idle(":memory:") == 0
    wrapper.connection.close()


def test_a_file_that_is_not_there_has_no_identity(tmp_path: Path) -> None:
    assert file_identity(str(tmp_path / "missing")) is None
