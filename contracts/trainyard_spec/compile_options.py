"""Dataset options: the roles of columns, and the target size and rate of images and recordings."""

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from trainyard_spec.base import WireModel
from trainyard_spec.names import column_name
from trainyard_spec.tasks import Task

MOST_TARGETS = 1_000

ColumnName = Annotated[str, Field(max_length=200), AfterValidator(column_name)]


class CompileOptions(WireModel):
    """Values of a dataset's ``options``; their JSON Schema is part of the API."""

    target: str | None = Field(
        default=None,
        max_length=200,
        description="Column to predict (tables, labels.csv in an archive), of translations, or of ratings.",
    )
    targets: tuple[ColumnName, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_TARGETS,
        description="Several columns to predict: of numbers, or of 0 and 1 for labels that a row has or not.",
    )
    label_separator: str | None = Field(
        default=None,
        min_length=1,
        max_length=3,
        description="What stands between the labels of a row that may have several, in its target; of lists any.",
    )
    text: str | None = Field(default=None, max_length=200, description="Column of texts (tables, text tasks only).")
    time: str | None = Field(
        default=None,
        max_length=200,
        description="Column of times: numbers, or dates and times; columns where each row is a whole series.",
    )
    user: str | None = Field(default=None, max_length=200, description="Column of users (recommendation).")
    item: str | None = Field(default=None, max_length=200, description="Column of items (recommendation).")
    series: str | None = Field(
        default=None,
        max_length=200,
        description="Column that tells which series a row belongs to; rows where each is one without a name.",
    )
    group: str | None = Field(
        default=None,
        max_length=200,
        description="Column whose equal values stay in one part of a split (tables, tables in archives).",
    )
    split: str | None = Field(
        default=None,
        max_length=200,
        description="Column that says train, val or test for each row; folders for an archive with a folder for each.",
    )
    sample_rate: int | None = Field(
        default=None, ge=4_000, le=48_000, description="Samples per second that every recording is brought to."
    )
    max_seconds: int | None = Field(
        default=None, ge=1, le=600, description="Longest recording that is accepted, in seconds; 60 if not given."
    )
    image_size: int | None = Field(default=None, ge=4, le=512, description="Side in pixels every image is resized to.")

    @field_validator("target", "text", "time", "user", "item", "series", "group", "split")
    @classmethod
    def _in_one_form(cls, name: str | None) -> str | None:
        """A field of a form that was left empty names no column."""
        return None if name is None else column_name(name) or None

    @field_validator("targets")
    @classmethod
    def _instead_of_target(cls, names: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        if names and info.data.get("target"):
            raise ValueError("target is one column and targets are several: give either")
        if names and len(set(names)) < len(names):
            raise ValueError("targets must be different columns")
        return names

    @field_validator("label_separator")
    @classmethod
    def _within_one_column(cls, separator: str | None, info: ValidationInfo) -> str | None:
        if separator and info.data.get("targets"):
            raise ValueError("label_separator is for one target column, and targets are a column for each label")
        return separator

    @property
    def to_predict(self) -> tuple[str, ...]:
        """The columns of tables that are to be predicted."""
        return self.targets or (() if self.target is None else (self.target,))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that options name."""
        others = (self.text, self.time, self.user, self.item, self.series, self.group, self.split)
        return (*self.to_predict, *(name for name in others if name is not None))


ROLES = ("target", "targets", "text", "time", "user", "item", "series", "group", "split")
"""Options that name columns of an upload: what these may be."""


def missing_options(task: Task, given: Collection[str]) -> list[str]:
    """The options that ``task`` needs beside those ``given``, in order."""
    instead = {"target"} if "targets" in given and "targets" in task.traits.options else set()
    return sorted(task.traits.needs - set(given) - instead)


def describe_option(name: str) -> str:
    """What the option is, in a sentence's last words. Raises ``KeyError`` for an unknown one."""
    description = CompileOptions.model_fields[name].description or ""
    return description[:1].lower() + description[1:]
