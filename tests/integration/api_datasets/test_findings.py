"""What the preview says of data before anybody trains on them: distributions, imbalance, duplicates, leakage."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_versions import create_dataset, validated
from tests.support.platform import Caller

pytestmark = pytest.mark.one_database

Preview = Callable[..., dict[str, Any]]


@pytest.fixture
def preview(owner: Caller, tmp_path: Path) -> Preview:
    """Of a table with these rows, to predict its last column."""

    def made(header: list[str], rows: Iterable[list[object]], task: str = "tabular_classification") -> dict[str, Any]:
        path = tmp_path / "table.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        dataset_id = create_dataset(owner, task=task, target=header[-1])
        version = validated(owner, dataset_id, path)
        assert version["state"] == "ready", version["problems"]
        body: dict[str, Any] = owner.get(f"/datasets/{dataset_id}/versions/1/preview").json()
        return body

    return made


def codes(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(finding["code"], finding["column"]) for finding in body["findings"]]


def test_sound_data_have_no_findings_and_show_how_they_are_spread(preview: Preview) -> None:
    body = preview(
        ["size", "colour", "kind"],
        ([index * 7 % 101, "red" if index % 3 else "blue", "ab"[index * 5 % 7 % 2]] for index in range(100)),
    )
    assert body["findings"] == []
    size, colour = body["columns"]
    assert (size["name"], size["kind"], sum(size["histogram"]["counts"])) == ("size", "numeric", 100)
    assert len(size["histogram"]["edges"]) == len(size["histogram"]["counts"]) + 1
    assert colour["categories"] == [{"name": "red", "rows": 66}, {"name": "blue", "rows": 34}]


def test_a_number_to_predict_is_spread_too(preview: Preview) -> None:
    rows = ([index * 7 % 101, index * 3 % 97 + 0.5] for index in range(100))
    body = preview(["size", "price"], rows, "tabular_regression")
    assert [column["name"] for column in body["columns"]] == ["size", "price"]


def test_a_class_that_is_rare_is_named(preview: Preview) -> None:
    body = preview(["a", "b"], ([index * 7 % 211, "rare" if index % 40 == 0 else "usual"] for index in range(200)))
    assert codes(body) == [("imbalance", None)]
    assert "usual has 39 times as many rows as rare" in body["findings"][0]["message"]


def test_rows_that_are_there_twice_are_counted(preview: Preview) -> None:
    body = preview(["a", "b"], ([index % 50 * 7 % 101, "xy"[index % 50 % 7 % 2]] for index in range(100)))
    assert codes(body) == [("duplicates", None)]
    assert body["findings"][0]["amount"] == 0.5


@pytest.mark.parametrize(
    ("row", "task"),
    [
        (lambda i: [i * 7 % 101, f"code {i % 2}", "xy"[i % 2]], "tabular_classification"),
        (lambda i: [i * 7 % 101, i % 2 * 10 + i / 100, "xy"[i % 2]], "tabular_classification"),
        (lambda i: [i * 37 % 101, i * 3 % 97, i * 3 % 97 * 2 + 1], "tabular_regression"),
    ],
)
def test_a_column_that_tells_the_target_is_named(
    preview: Preview, row: Callable[[int], list[object]], task: str
) -> None:
    assert codes(preview(["a", "told", "y"], map(row, range(100)), task)) == [("leakage", "told")]
