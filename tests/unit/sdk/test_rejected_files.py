"""What a person reads of a file that was rejected: each kind of problem, not each row."""

import httpx
import pytest

from tests.support.scripted_service import scripted
from trainyard_client.errors import DatasetRejected

NOT_A_NUMBER = [
    {"file": "t.csv", "row": row, "column": "y", "code": "not_a_number", "message": f"'{row}' is not a number."}
    for row in range(1, 61)
]
EMPTY = {"file": "t.csv", "row": 9, "column": "x", "code": "empty", "message": "It is empty."}


def test_problems_of_one_kind_are_folded_and_none_is_lost() -> None:
    version = {"id": "dsv_1", "state": "rejected", "problems": [*NOT_A_NUMBER, EMPTY], "problems_omitted": 40}
    with pytest.raises(DatasetRejected) as rejected:
        scripted(httpx.Response(200, json=version)).client().datasets.wait("ds_1", "dsv_1")
    assert str(rejected.value).splitlines() == [
        "The file was rejected:",
        "  t.csv, row 1, column y: '1' is not a number.",
        "  t.csv, row 2, column y: '2' is not a number.",
        "  t.csv, row 3, column y: '3' is not a number.",
        "  … and 57 more like these",
        "  t.csv, row 9, column x: It is empty.",
        "  … and 40 more that are not listed",
    ]
    assert len(rejected.value.problems) == 61
