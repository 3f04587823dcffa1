"""Profiles of datasets, as a version keeps them."""

from typing import Any

from trainyard_spec.datasets import InteractionProfile, NumericColumn, SeriesProfile, TableProfile, TextProfile

LENGTH = NumericColumn(name="bill_length_mm", missing=0)
PENGUINS = {
    "task": "tabular_classification",
    "rows": 1_000,
    "classes": ["Adelie", "Chinstrap", "Gentoo"],
    "class_counts": [500, 200, 300],
    "profile": TableProfile(target="species", columns=(LENGTH,)).model_dump(mode="json"),
}
TEXTS = {
    "task": "text_classification",
    "rows": 100,
    "classes": ["bad", "good"],
    "class_counts": [50, 50],
    "profile": TextProfile(shortest=1, longest=9, mean=4.0).model_dump(mode="json"),
}


def series(*lengths: int) -> dict[str, Any]:
    """Series of so many steps, to be forecast."""
    profile = SeriesProfile(
        target="load", time="hour", channels=(LENGTH,), steps=sum(lengths), shortest=min(lengths), longest=max(lengths)
    )
    task = "time_series_forecasting"
    return {"task": task, "rows": len(lengths), "classes": [], "profile": profile.model_dump(mode="json")}


def interactions(*, target: str | None) -> dict[str, Any]:
    """Who met what, with ratings in the column ``target`` if there is one."""
    profile = InteractionProfile(user="u", item="i", target=target, users=9, items=9)
    return {"task": "recommendation", "rows": 99, "classes": [], "profile": profile.model_dump(mode="json")}
