"""Memory depends neither on the size of a file nor on how far it unpacks."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads

MIB = 1 << 20
ENVIRONMENT = {
    "PYTHONPATH": os.pathsep.join(str(Path(part).resolve()) for part in ("workers", "contracts")),
    "OMP_NUM_THREADS": "2",
}
MEASURED = """
import os, pathlib, re, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # each core may hold a little more
from trainyard_engine.cli import run
status = run(sys.argv[1:])
# Not ru_maxrss: that begins at what the parent had when it started this process.
print(int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) * 1024)
sys.exit(status)
"""


def peak_memory(source: Path, out: Path, *options: str) -> int:
    """Bytes of resident memory at the peak of one compilation in a process of its own."""
    command = [sys.executable, "-c", MEASURED, "compile", "--source", str(source), "--out", str(out), *options]
    done = subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
    return int(done.stdout.splitlines()[-1])


def write_csv(path: Path, rows: int) -> Path:
    lines = [f"{number % 997}.{number:06},{number % 13},{'red' if number % 2 else 'blue'}\n" for number in range(1000)]
    with path.open("w") as file:
        file.write("length,width,colour\n")
        for _ in range(rows // 1000):
            file.writelines(lines)
    return path


def write_jsonl(path: Path, rows: int) -> Path:
    lines = [
        f'{{"length": {number / 7}, "width": {number % 13}, "colour": "{number % 2}"}}\n' for number in range(1000)
    ]
    with path.open("w") as file:
        for _ in range(rows // 1000):
            file.writelines(lines)
    return path


def write_parquet(path: Path, rows: int) -> Path:
    block = pa.table({"length": np.random.default_rng(0).random(1000), "colour": ["red", "blue"] * 500})
    with pyarrow.parquet.ParquetWriter(path, block.schema) as writer:
        for _ in range(0, rows, 100_000):
            writer.write_table(pa.concat_tables([block] * 100).combine_chunks())
    return path


@pytest.mark.parametrize(
    ("write", "few", "many"),
    # So many are few that every buffer is full already.
    [(write_csv, 200_000, 2_000_000), (write_jsonl, 200_000, 600_000), (write_parquet, 1_000_000, 4_000_000)],
)
def test_a_large_table_takes_little_more_memory_than_a_small_one(
    tmp_path: Path, write: Callable[[Path, int], Path], few: int, many: int
) -> None:
    options = ("--task", "tabular_classification", "--target", "colour")
    small = peak_memory(write(tmp_path / "small", few), tmp_path / "out_small", *options)
    large_file = write(tmp_path / "large", many)
    assert (tmp_path / "out_small" / "numeric.npy").stat().st_size > 0

    large = peak_memory(large_file, tmp_path / "out_large", *options)

    written = sum(path.stat().st_size for path in (tmp_path / "out_large").iterdir())
    assert max(written, large_file.stat().st_size) > 25 * MIB
    assert large - small < 15 * MIB


def write_rows_of_pictures(path: Path, files: dict[str, bytes]) -> Path:
    """All in one group of rows, as pandas writes them, where Hugging Face's datasets has a hundred in each."""
    labels = [name.partition("/")[0] for name in files]
    pyarrow.parquet.write_table(pa.table({"image": [*files.values()], "label": labels}), path)
    return path


@pytest.mark.parametrize("write", [uploads.write_zip, uploads.write_tar, write_rows_of_pictures])
def test_many_images_take_little_more_memory_than_a_few(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    options = ("--task", "image_classification")
    few = peak_memory(
        write(tmp_path / "few", uploads.class_folders(images=20, size=(256, 256))), tmp_path / "a", *options
    )
    many_images = uploads.class_folders(("cat", "dog", "cow", "hen"), images=150, size=(256, 256))

    many = peak_memory(write(tmp_path / "many", many_images), tmp_path / "b", *options)

    assert (tmp_path / "b" / "images.npy").stat().st_size > 35 * MIB
    assert many - few < 15 * MIB
