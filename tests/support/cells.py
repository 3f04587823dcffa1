"""Columns of compiled tables, for tests of single cells."""

import shutil
from pathlib import Path

from trainyard_spec.datasets import CategoricalColumn, CompiledDataset, NumericColumn, TableProfile

CASES = Path("tests/cases")


def case(tmp_path: Path, name: str) -> Path:
    """A copy of the file ``name`` below ``tests/cases``: what compiling leaves lies beside it."""
    return Path(shutil.copy(CASES / name, tmp_path))


def column_of(dataset: CompiledDataset, name: str = "x") -> NumericColumn | CategoricalColumn:
    assert isinstance(dataset.profile, TableProfile)
    return next(column for column in dataset.profile.columns if column.name == name)
