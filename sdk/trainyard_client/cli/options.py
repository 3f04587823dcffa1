"""Options that many commands have, spelt the same everywhere, and those of commands with many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_LIMIT = 20

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Print at most so many.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Follow the job until it ends.")]
Measure = Annotated[bool, typer.Option("--measure", help="First measure the speed on a free slot, for nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

DATA, SPEC = "Data", "Spec"
"""Panels of the help."""
Data = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Upload this file first.", rich_help_panel=DATA)
]
TargetOfData = Annotated[str | None, typer.Option(help="Column to predict, of --data.", rich_help_panel=DATA)]
Version = Annotated[str | None, typer.Option(metavar="VERSION", help="A ready version: dsv_….", rich_help_panel=DATA)]
TaskOfSpec = Annotated[str | None, typer.Option(help="What to learn.", rich_help_panel=SPEC)]
Architecture = Annotated[str | None, typer.Option("--architecture", "-a", help="By name.", rich_help_panel=SPEC)]
InitFrom = Annotated[
    str | None, typer.Option("--init-from", metavar="MODEL", help="A model to start from.", rich_help_panel=SPEC)
]
Name = Annotated[str | None, typer.Option(help="Of the job.", rich_help_panel=SPEC)]
Preset = Annotated[
    str | None,
    typer.Option(
        help="How much training: fast, balanced or best; sets epochs and early stopping by the data.",
        rich_help_panel=SPEC,
    ),
]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training rows.", rich_help_panel=SPEC)]
BatchSize = Annotated[int | None, typer.Option(help="Rows computed at once.", rich_help_panel=SPEC)]
LearningRate = Annotated[float | None, typer.Option(help="Learning rate.", rich_help_panel=SPEC)]
Seed = Annotated[int | None, typer.Option(help="Of all that is random.", rich_help_panel=SPEC)]
Pool = Annotated[str | None, typer.Option(help="Where it runs.", rich_help_panel=SPEC)]
Slots = Annotated[int | None, typer.Option(help="How many of it train together.", rich_help_panel=SPEC)]
Priority = Annotated[int | None, typer.Option(help="Higher runs first.", rich_help_panel=SPEC)]
MaxCost = Annotated[str | None, typer.Option(help="It stops before it costs more.", rich_help_panel=SPEC)]

FileOrAddress = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A table, an archive or a text; or the https://… or s3://… address of one, to be fetched."
    ),
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A table, an archive or a text.")]
Task = Annotated[str, typer.Option(help="Such as image_classification or tabular_regression.")]
Dataset = Annotated[str, typer.Option(metavar="DATASET", help="Add a version to this one; takes no options.")]
Resume = Annotated[str, typer.Option(metavar="UPLOAD", help="Go on with this unfinished upload.")]
DatasetName = Annotated[str, typer.Option(help="Name of the dataset; the file's when omitted.")]
Target = Annotated[str | None, typer.Option(help="Column to predict (tables).")]
Targets = Annotated[list[str] | None, typer.Option(help="One of several columns to predict; repeat.")]
LabelSeparator = Annotated[str | None, typer.Option(help="What stands between labels in the target.")]
Text = Annotated[str | None, typer.Option(help="Column of texts (tables, text tasks only).")]
Time = Annotated[str | None, typer.Option(help="Column of times (series).")]
SeriesColumn = Annotated[str | None, typer.Option(help="Column that tells series apart.")]
User = Annotated[str | None, typer.Option(help="Column of users (interactions).")]
Item = Annotated[str | None, typer.Option(help="Column of items (interactions).")]
Group = Annotated[str | None, typer.Option(help="Column whose equal values stay in one part of a split.")]
Split = Annotated[str | None, typer.Option(help="Column that says train, val or test.")]
ImageSize = Annotated[int | None, typer.Option(help="Side in pixels of every image.")]
SampleRate = Annotated[int | None, typer.Option(help="Samples a second of every recording.")]
MaxSeconds = Annotated[int | None, typer.Option(help="Longest recording that is accepted.")]
