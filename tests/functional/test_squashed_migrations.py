"""A fresh database comes from squashed migrations: it is the one that all of them, one after the other, make."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.migrated import DATABASE, lay_migrated_database, run_on

EACH_IN_TURN = """
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
loader = executor.loader
loader.replace_migrations = False
loader.build_graph()
executor.migrate([last for last in loader.graph.leaf_nodes() if last not in loader.replacements])
left = MigrationExecutor(connection)
assert not left.migration_plan(left.loader.graph.leaf_nodes()), "squashed migrations take the others' place"
"""
RENAMED_TABLES = {"pools_share": "pools_poolquota"}
"""Their indexes keep the first name, which nothing refers to."""


def test_squashed_migrations_make_the_same_database(tmp_path: Path) -> None:
    fresh, grown = tmp_path / "fresh", tmp_path / "grown"
    lay_migrated_database(fresh)
    run_on(grown, EACH_IN_TURN)
    assert schema_of(grown) == schema_of(fresh)


def schema_of(data_dir: Path) -> dict[str, list[str]]:
    """What the database holds, by kind and name; columns and constraints of a table without their order."""
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        rows = database.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {f"{kind} {stem_of(kind, name)}": parts_of(kind, sql) for kind, name, sql in rows}


def stem_of(kind: str, name: str) -> str:
    """The name, without the digest that Django adds to an index's and makes of the table's first name."""
    if kind != "index" or not name.startswith(tuple(RENAMED_TABLES | dict.fromkeys(RENAMED_TABLES.values()))):
        return name
    for first, today in RENAMED_TABLES.items():
        name = name.replace(first, today)
    return name.rpartition("_")[0]


def parts_of(kind: str, sql: str) -> list[str]:
    if kind == "index":
        return [sql[sql.index(" ON ") :]]
    if kind == "trigger":
        return sorted(part.strip() for part in re.split(r"[()]| OR ", sql))
    return sorted(part.strip() for part in sql[sql.index("(") + 1 : sql.rindex(")")].split(","))
