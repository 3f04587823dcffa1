"""Read baseline, the practical limit of compiling: an upload read once by Arrow or Pillow, and nothing kept.

``python -m benchmarks.read_baseline FORMAT PATH`` prints the seconds that it took, on the wall and of processor time.
"""

import sys
import time
import zipfile
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
from PIL import Image


def _csv(path: Path) -> None:
    # The types that the first block seems to have hold for all.
    deque(pyarrow.csv.open_csv(path), maxlen=0)


def _jsonl(path: Path) -> None:
    deque(pyarrow.json.open_json(path), maxlen=0)


def _parquet(path: Path) -> None:
    with pyarrow.parquet.ParquetFile(path) as table:
        deque(table.iter_batches(), maxlen=0)


def _zip(path: Path) -> None:
    def decode(name: str) -> None:
        with archive.open(name) as file, Image.open(file) as image:
            image.load()

    with zipfile.ZipFile(path) as archive, ThreadPoolExecutor() as pool:
        deque(pool.map(decode, archive.namelist()), maxlen=0)


READERS: dict[str, Callable[[Path], None]] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet, "zip": _zip}


def main() -> None:
    read, path = READERS[sys.argv[1]], Path(sys.argv[2])
    began, cpu_began = time.perf_counter(), time.process_time()
    read(path)
    sys.stdout.write(f"{time.perf_counter() - began} {time.process_time() - cpu_began}\n")


if __name__ == "__main__":
    main()
