"""Profiles of datasets, as a version keeps them."""

from typing import Any, Literal

from trainyard_spec.datasets import (
    ConversationProfile,
    ImageProfile,
    InteractionProfile,
    NumericColumn,
    SeriesProfile,
    TableProfile,
    TextProfile,
)

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
IMAGES = {
    "task": "image_classification",
    "rows": 100,
    "classes": ["cat", "dog"],
    "class_counts": [50, 50],
    "profile": ImageProfile(channels=3, height=32, width=32, resized=0).model_dump(mode="json"),
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


def conversations(form: Literal["messages", "pairs", "rated"] = "messages") -> dict[str, Any]:
    """A hundred of 200 tokens each, of which two are longer than 1,024 and one than 2,048."""
    profile = ConversationProfile(
        form=form,
        messages=200,
        tokens=20_000,
        trained_tokens=9_000,
        longest=3_000,
        mean=200.0,
        longer_than={"512": 4, "1024": 2, "2048": 1},
    )
    task = "instruction_tuning" if form == "messages" else "preference_tuning"
    return {"task": task, "rows": 100, "classes": [], "profile": profile.model_dump(mode="json")}
