"""How fast uploads are compiled: ``make bench-compile`` prints MB of upload per second for each format."""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from PIL import Image

from benchmarks.page import machine, markdown, replace_section

ROUNDS = 3
SECTION = "compile"
AIM = 200e6
"""Bytes per second, for CSV and Parquet."""
BLOCK_ROWS = 4096
TABLE = ("--task", "tabular_classification", "--target", "y")
TEXTS = ("--task", "text_classification", "--target", "y", "--text", "text")
IMAGES = ("--task", "image_classification")
WORDS = ("the", "keeper", "penalty", "refund", "early", "parcel", "director", "scene", "goal", "packed", "well")


@dataclass(frozen=True, slots=True)
class Case:
    """``write`` makes an upload of about so many bytes at a path."""

    name: str
    write: Callable[[Path, int], None]
    options: tuple[str, ...]
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """``took`` are seconds on the wall and of processor time, one pair a round."""

    case: Case
    size: int
    took: list[tuple[float, float]]

    @property
    def rate(self) -> float:
        """Bytes per second."""
        return statistics.median(self.size / wall for wall, _ in self.took)

    @property
    def cpu_rate(self) -> float:
        """Bytes per second of processor time, of all cores together."""
        return statistics.median(self.size / cpu for _, cpu in self.took)


def measure(size: int, rounds: int, *, only: str = "") -> Iterator[Measured]:
    """Compiles an upload of about ``size`` bytes of each format, each time in a process of its own."""
    for case in (case for case in CASES if only in case.name):
        with TemporaryDirectory(prefix="trainyard-bench-") as directory:
            source = Path(directory) / "upload"
            case.write(source, size)
            size_on_disk = source.stat().st_size
            took = [_compile(source, Path(directory) / f"out{turn}", case) for turn in range(rounds)]
        yield Measured(case=case, size=size_on_disk, took=took)


def _compile(source: Path, out: Path, case: Case) -> tuple[float, float]:
    """Seconds from the start of the process to its end, on the wall and of processor time."""
    command = [sys.executable, "-m", "trainyard_engine", "compile", f"--source={source}", f"--out={out}", *case.options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(("workers", "contracts"))}
    began, cpu_began = time.perf_counter(), _processor_time_of_children()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began, _processor_time_of_children() - cpu_began


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


def _parquet(make: Callable[[np.random.Generator], pa.Table]) -> Callable[[Path, int], None]:
    def write(path: Path, size: int) -> None:
        # No two row groups alike: Parquet would store a repeated value in no room at all.
        rng = np.random.default_rng(0)
        with path.open("wb") as file, pyarrow.parquet.ParquetWriter(file, make(rng).schema) as writer:
            while file.tell() < size:
                writer.write_table(pa.concat_tables([make(rng) for _ in range(8)]))

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
        Case("CSV, 200 columns of numbers", _csv(wide), TABLE, AIM),
        Case("CSV, numbers and categories", _csv(mixed), TABLE, AIM),
        Case("CSV, the same, all text quoted", _csv(mixed, quoting="all_valid"), TABLE, AIM),
        Case("CSV, texts", _csv(posts, quoting="all_valid"), TEXTS, AIM),
        Case("Parquet, 200 columns of numbers", _parquet(partial(_numbers, 200)), TABLE, AIM),
        Case("Parquet, numbers and categories", _parquet(_mixed), TABLE, AIM),
        Case("JSON lines, numbers and categories", _jsonl(mixed), TABLE),
        Case("JSON lines, texts", _jsonl(posts), TEXTS),
        Case("zip of PNG, 32 × 32", _images(32, "PNG"), IMAGES),
        Case("zip of JPEG, 224 × 224", _images(224, "JPEG"), IMAGES),
    )


CASES = _cases()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200, help="size of each upload")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="the median of so many is printed")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    given = parser.parse_args()
    rows = [
        (
            measured.case.name,
            f"{measured.size / 1e6:.0f} MB",
            f"{measured.rate / 1e6:.0f}",
            f"{measured.cpu_rate / 1e6:.0f}",
            f"{measured.rate / measured.case.aim:.2f}" if measured.case.aim else "",
        )
        for measured in measure(given.megabytes * 10**6, given.rounds, only=given.only)
    ]
    header = ("upload", "size", "MB/s", "MB per second of processor time", "MB/s over the aim of 200")
    text = f"Median of {given.rounds}; {machine()}.\n\n{markdown(header, rows)}"
    sys.stdout.write(f"{text}\n")
    if given.write:
        replace_section(SECTION, text)


if __name__ == "__main__":
    main()
