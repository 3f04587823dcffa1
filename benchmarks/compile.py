"""How fast uploads are compiled: ``make bench-compile`` prints MB of upload per second for each format.

Beside it stand what remains when the start of the process is left out, and what merely reading the file allows.
"""

import argparse
import io
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from PIL import Image

from benchmarks.report_page import machine, markdown, replace_section

ROUNDS = 3
SECTION = "compile"
AIM = 200e6
"""Bytes per second, for CSV and Parquet."""
SMALL_SHARE = 4
"""A second upload is so many times smaller: what the difference takes is not spent on starting."""
BLOCK_ROWS = 4096
TABLE = ("--task", "tabular_classification", "--target", "y")
TEXTS = ("--task", "text_classification", "--target", "y", "--text", "text")
IMAGES = ("--task", "image_classification")
WORDS = ("the", "keeper", "penalty", "refund", "early", "parcel", "director", "scene", "goal", "packed", "well")
PROCESS_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(("workers", "contracts", "."))}

Seconds = tuple[float, float]
"""On the wall, and of processor time on all cores together."""


@dataclass(frozen=True, slots=True)
class Case:
    """``write`` makes an upload of about so many bytes at a path; ``share`` of the size asked for is enough."""

    name: str
    write: Callable[[Path, int], None]
    format: str
    options: tuple[str, ...]
    aim: float | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians for an upload of ``size`` bytes, for one of ``small_size``, and for reading the large one alone."""

    case: Case
    size: int
    small_size: int
    took: Seconds
    took_small: Seconds
    reading: Seconds

    def row(self) -> tuple[str, ...]:
        more = self.took[1] - self.took_small[1]
        rates = (
            self.size / self.took[0],
            self.size / self.took[1],
            # Beside other processes a few large files take no longer than small ones: that says nothing.
            (self.size - self.small_size) / more if more > self.took[1] / 5 else None,
            self.size / self.reading[1],
        )
        aim = f"{self.size / self.took[0] / self.case.aim:.2f}" if self.case.aim else ""
        shown = (f"{rate / 1e6:.0f}" if rate else "unknown" for rate in rates)
        return self.case.name, f"{self.size / 1e6:.0f} MB", *shown, aim


HEADER = (
    "upload",
    "size",
    "MB/s",
    "MB per processor second",
    "the same after start-up",
    "Arrow or Pillow alone",
    "MB/s over the aim of 200",
)


def measure(size: int, rounds: int, *, only: str = "") -> Iterator[Measured]:
    """Compiles uploads of each format, each time in a process of its own; the three measured take turns."""
    for case in (case for case in CASES if only in case.name):
        with TemporaryDirectory(prefix="trainyard-bench-") as directory:
            large, small = Path(directory) / "large", Path(directory) / "small"
            case.write(large, int(size * case.share))
            case.write(small, int(size * case.share / SMALL_SHARE))
            turns = [(_compile(large, case), _compile(small, case), _read(large, case)) for _ in range(rounds)]
            took, took_small, reading = map(_medians, zip(*turns, strict=True))
            yield Measured(case, large.stat().st_size, small.stat().st_size, took, took_small, reading)


def _medians(turns: Iterable[Seconds]) -> Seconds:
    wall, cpu = (statistics.median(seconds) for seconds in zip(*turns, strict=True))
    return wall, cpu


def _compile(source: Path, case: Case) -> Seconds:
    """From the start of the process to its end."""
    out = source.parent / "out"
    command = [sys.executable, "-m", "trainyard_engine", "compile", f"--source={source}", f"--out={out}", *case.options]
    began, cpu_began = time.perf_counter(), _processor_time_of_children()
    subprocess.run(command, env=PROCESS_ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    took = time.perf_counter() - began, _processor_time_of_children() - cpu_began
    shutil.rmtree(out)
    return took


def _read(source: Path, case: Case) -> Seconds:
    """Without the start of the process."""
    command = [sys.executable, "-m", "benchmarks.read_baseline", case.format, str(source)]
    done = subprocess.run(command, env=PROCESS_ENVIRONMENT, stdout=subprocess.PIPE, check=True, text=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


def _processor_time_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _numbers(columns: int, rng: np.random.Generator) -> pa.Table:
    features = {f"f{n}": rng.normal(size=BLOCK_ROWS).round(6) for n in range(columns)}
    return pa.table(features | {"y": rng.choice(["red", "green", "blue"], BLOCK_ROWS)})


def _mixed(rng: np.random.Generator) -> pa.Table:
    return pa.table(
        {
            **{f"n{n}": rng.normal(size=BLOCK_ROWS).round(4) for n in range(6)},
            **{f"count{n}": rng.integers(0, 1000, BLOCK_ROWS) for n in range(3)},
            **{f"kind{n}": rng.choice([f"kind {k}" for k in range(20)], BLOCK_ROWS) for n in range(3)},
            "y": rng.choice(["red", "green", "blue"], BLOCK_ROWS),
        }
    )


def _posts(rng: np.random.Generator) -> pa.Table:
    texts = [", ".join(rng.choice(WORDS, 60).tolist()) for _ in range(BLOCK_ROWS)]
    return pa.table({"text": texts, "y": rng.choice(["shop", "sport", "film"], BLOCK_ROWS)})


def _csv(block: pa.Table, *, quoting: str = "none") -> Callable[[Path, int], None]:
    def write(path: Path, size: int) -> None:
        with path.open("wb") as file:
            header = True
            while file.tell() < size:
                options = pyarrow.csv.WriteOptions(include_header=header, quoting_style=quoting)
                pyarrow.csv.write_csv(block, file, options)
                header = False

    return write


def _jsonl(block: pa.Table) -> Callable[[Path, int], None]:
    def write(path: Path, size: int) -> None:
        lines = "".join(json.dumps(row) + "\n" for row in block.to_pylist()).encode()
        with path.open("wb") as file:
            while file.tell() < size:
                file.write(lines)

    return write


def _parquet(make: Callable[[np.random.Generator], pa.Table], blocks: int) -> Callable[[Path, int], None]:
    """``blocks`` make a row group."""

    def write(path: Path, size: int) -> None:
        # No two row groups alike: Parquet would store a repeated value in no room at all.
        rng = np.random.default_rng(0)
        with path.open("wb") as file, pyarrow.parquet.ParquetWriter(file, make(rng).schema) as writer:
            while file.tell() < size:
                writer.write_table(pa.concat_tables([make(rng) for _ in range(blocks)]))

    return write


def _images(side: int, kind: str) -> Callable[[Path, int], None]:
    def write(path: Path, size: int) -> None:
        rng = np.random.default_rng(0)
        low = rng.integers(0, 256, (64, side // 8, side // 8, 3), dtype=np.uint8)
        pool = []
        for pixels in low:
            buffer = io.BytesIO()
            Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC).save(buffer, kind)
            pool.append(buffer.getvalue())
        with path.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            number = 0
            while file.tell() < size:
                archive.writestr(f"{number % 10}/{number:07}.{kind.lower()}", pool[number % len(pool)])
                number += 1

    return write


def _cases() -> tuple[Case, ...]:
    rng = np.random.default_rng(0)
    wide, mixed, posts = _numbers(200, rng), _mixed(rng), _posts(rng)
    return (
        Case("CSV, 200 columns of numbers", _csv(wide), "csv", TABLE, AIM),
        Case("CSV, numbers and categories", _csv(mixed), "csv", TABLE, AIM),
        Case("CSV, the same, all text quoted", _csv(mixed, quoting="all_valid"), "csv", TABLE, AIM),
        Case("CSV, texts", _csv(posts, quoting="all_valid"), "csv", TEXTS, AIM),
        Case("Parquet, 200 columns of numbers", _parquet(partial(_numbers, 200), 1), "parquet", TABLE, AIM),
        Case("Parquet, numbers and categories", _parquet(_mixed, 16), "parquet", TABLE, AIM),
        Case("JSON lines, numbers and categories", _jsonl(mixed), "jsonl", TABLE),
        Case("JSON lines, texts", _jsonl(posts), "jsonl", TEXTS),
        Case("zip of PNG, 32 × 32", _images(32, "PNG"), "zip", IMAGES, share=0.2),
        Case("zip of JPEG, 224 × 224", _images(224, "JPEG"), "zip", IMAGES, share=0.2),
    )


CASES = _cases()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=60, help="size of each upload; a fifth of it for images")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="the median of so many is printed")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    given = parser.parse_args()
    rows = [measured.row() for measured in measure(given.megabytes * 10**6, given.rounds, only=given.only)]
    text = f"Median of {given.rounds}; {machine()}.\n\n{markdown(HEADER, rows)}"
    sys.stdout.write(f"{text}\n")
    if given.write:
        replace_section(SECTION, text)


if __name__ == "__main__":
    main()
