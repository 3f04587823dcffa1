"""Difference of two versions of a dataset, by their profiles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainyard.datasets import queries
from trainyard.datasets.models import DatasetVersion


@dataclass(frozen=True, slots=True)
class ClassChange:
    """Rows of a class before and after; ``None`` where there was, or is, no such class."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """What kind a column was and is; ``None`` where there was, or is, no such column."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """From version ``before`` to version ``after``; ``classes`` and ``columns`` are those that changed."""

    before: DatasetVersion
    after: DatasetVersion
    is_same_content: bool
    classes: list[ClassChange]
    columns: list[ColumnChange]


def difference(*, dataset_id: str, version: str, before: str) -> VersionDifference:
    """Between two ready versions of a dataset, by id or number. Raises ``NotFound`` and ``DatasetNotReady``."""
    new, old = (queries.version(dataset_id=dataset_id, version=each) for each in (version, before))
    for each in (new, old):
        queries.ready(each)
    return VersionDifference(
        before=old,
        after=new,
        is_same_content=bool(new.sha256) and old.sha256 == new.sha256,
        classes=[ClassChange(*change) for change in _changes(_classes(old), _classes(new))],
        columns=[ColumnChange(*change) for change in _changes(_columns(old), _columns(new))],
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    names = dict.fromkeys([*old, *new])
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _classes(version: DatasetVersion) -> dict[str, int]:
    profile = version.profile or {}
    return dict(zip(profile.get("classes", ()), profile.get("class_counts", ()), strict=False))


def _columns(version: DatasetVersion) -> dict[str, str]:
    columns = (version.profile or {}).get("profile", {}).get("columns", ())
    return {column["name"]: column["kind"] for column in columns if isinstance(column, dict)}
