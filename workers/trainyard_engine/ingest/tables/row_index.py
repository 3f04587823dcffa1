"""The index of a table's rows, which pandas and R write as a first column that has no name.

It tells how the rows were sorted, often by what is to be predicted, and of a new row it says nothing.
"""

import re
from collections.abc import Collection

UNNAMED = "Unnamed: 0"
"""What pandas calls such a column when it reads it, and writes where it is not told otherwise."""
_INDEX = re.compile(re.escape(UNNAMED) + r"(?:\.\d+)*")


def is_unnamed_index(name: str) -> bool:
    """Whether ``name`` is what an index without a name is called, also one that was read and written several times."""
    return _INDEX.fullmatch(name) is not None


def name_of_index(others: Collection[str]) -> str:
    """A name for a first column that has none, beside columns called ``others``."""
    name = UNNAMED
    while name in others:
        name += ".1"
    return name
