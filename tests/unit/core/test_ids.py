"""Ids sort by creation, also within one millisecond, and none repeats."""

import pytest

from trainyard.core import ids


def test_ids_of_one_process_sort_by_creation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_800_000_000_000_000_000)
    made = [ids.new_id("job") for _ in range(1_000)]
    assert made == sorted(set(made))


def test_an_id_fits_its_column() -> None:
    assert len(ids.new_id("price")) == len("price_") + 26 <= ids.ID_MAX_LENGTH
