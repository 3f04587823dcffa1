"""Files as people's tools make them, kept in ``tests/cases/``."""

import shutil
from pathlib import Path

CASES = Path(__file__).parents[1] / "cases"


def case(name: str, directory: Path) -> Path:
    """A copy in ``directory`` of the file ``name``, such as ``zip-backslashes/images.zip``."""
    return Path(shutil.copy(CASES / name, directory))
