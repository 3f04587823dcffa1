"""The migrated database that tests copy is made anew when anything changed that a migration uses."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.migrated import ROOT, SHAPING

SOURCE_ROOTS = ("platform", "contracts")


def test_all_that_migrations_import_shapes_it() -> None:
    shaping = {path for pattern in SHAPING for path in ROOT.glob(pattern)}
    migrations = sorted((ROOT / "platform").glob("**/migrations/[0-9]*.py"))
    assert len(migrations) > 50
    assert [path for path in migrations if path not in shaping] == []
    imported = {path for migration in migrations for path in _imported(migration)}
    assert imported
    assert imported - shaping == set()


def _imported(migration: Path) -> Iterator[Path]:
    """The files of this repository that ``migration`` names in its imports."""
    for node in ast.walk(ast.parse(migration.read_text())):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            files = (ROOT / root / Path(*name.split(".")).with_suffix(".py") for root in SOURCE_ROOTS)
            yield from (file for file in files if file.is_file())
