"""Numbers with their nouns."""

import pytest

from trainyard_common.counting import counted


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 jobs"), (1, "1 job"), (1.0, "1 job"), (2, "2 jobs"), (3.25, "3.2 jobs"), (1_234_567, "1,234,567 jobs")],
)
def test_only_one_has_no_s(number: float, words: str) -> None:
    assert counted(number, "job") == words
