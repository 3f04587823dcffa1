"""Tests of one file, and files that share a platform, run in one process."""

import pytest

from tests.support.shared_platform import SHARED, FilesAndGroups

FILE = "tests/unit/test_a.py"
GROUP = SHARED.args[0]


@pytest.mark.parametrize(
    ("test", "scope"),
    [
        (f"{FILE}::test_one", FILE),
        (f"{FILE}::TestThose::test_two", FILE),
        (f"{FILE}::test_three[a@b]", FILE),
        (f"{FILE}::test_one@{GROUP}", GROUP),
        (f"{FILE}::test_three[a@b]@{GROUP}", GROUP),
    ],
)
def test_what_is_handed_out_together(test: str, scope: str) -> None:
    unused = FilesAndGroups.__new__(FilesAndGroups)  # one that is set up belongs to a run
    assert unused._split_scope(test) == scope
