"""A few of the hostile uploads, of every kind one: ``make attack`` tries them all."""

from pathlib import Path

import pytest

from tests.attack.hostile.catalogue import hostile_files
from tests.attack.hostile.file import HostileFile
from tests.attack.hostile.measuring import measured
from trainyard_common.sandbox import Sandbox

LEAST_FILES = 220
SAMPLE = (
    "zip name: up from within",
    "zip lie: entry is said to be huge",
    "zip bomb: of one file",
    "tar entry: symbolic link",
    "tar size: of a terabyte",
    "picture alone: png of 2^31 pixels a side",
    "picture many: 150 pngs of 39 megapixels",
    "recording many: 150 flacs of 2 channels at 96 kHz",
    "csv: a quote that never ends",
    "jsonl: nested 100,000 deep",
    "conversations: arguments that are nested",
    "parquet: an index of pandas that is none",
)
"""Some that once cost too much, or ended as the platform's fault, among them."""
FILES = {file.title: file for file in hostile_files()}


def test_there_are_many_and_each_has_its_name() -> None:
    assert len(FILES) == len(hostile_files()) >= LEAST_FILES


@pytest.mark.parametrize("file", [FILES[title] for title in SAMPLE], ids=lambda file: file.title)
def test_a_hostile_file_costs_little_and_is_accepted_or_told_what_is_wrong(file: HostileFile, tmp_path: Path) -> None:
    assert measured(file, tmp_path, sandbox=Sandbox()).faults == ()


def test_the_same_file_is_made_each_time() -> None:
    for title in ("zip damage: cut 0", "picture damage: bytes changed 3", "parquet: footer changed 1"):
        assert FILES[title].content() == FILES[title].content()
