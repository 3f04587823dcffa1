"""How fast a resumable upload comes in, against a plain copy of the same file to the same disk.

``make bench ARGS=uploads``. By turns: tuspy, an independent client of tus, sends the file to a web process with a
directory as its store, and the file is copied and synchronized to the disk. The server's memory is the most it ever
had, above what a small upload left it with.
"""

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tusclient.client import TusClient

from tests.support.web_server import WebServer, web_server

MEBIBYTES = int(os.environ.get("BENCH_UPLOAD_MIB", "1024"))
ROUNDS = 5
AIM = 0.5
GROWTH_AIM_MIB = 50
METADATA = {"filename": "rows.csv", "task": "tabular_regression", "options": '{"target": "y"}'}
SMALL = b"x,y\n1,2\n"


def report() -> None:
    """Prints MiB/s of both and the share of the upload's, the medians of all rounds."""
    with TemporaryDirectory(prefix="trainyard-bench-") as directory, web_server(Path(directory, "data")) as server:
        file, small = Path(directory, "rows.csv"), Path(directory, "small.csv")
        small.write_bytes(SMALL)
        _write(file)
        _upload(server, small, "small")
        before = server.peak_memory_bytes()
        copies: list[float] = []
        uploads: list[float] = []
        for number in range(ROUNDS):
            with _timed(copies):
                _copy(file, Path(directory, "data", "copy"))
            with _timed(uploads):
                _upload(server, file, f"rows {number}")
        grown = (server.peak_memory_bytes() - before) / 2**20
    copied, uploaded = (MEBIBYTES / statistics.median(taken) for taken in (copies, uploads))
    print(
        f"{MEBIBYTES:,} MiB, {ROUNDS} rounds: copied at {copied:,.0f} MiB/s, uploaded at {uploaded:,.0f} MiB/s: "
        f"{uploaded / copied:.2f} of it (aim {AIM}); the server's memory grew by {grown:.0f} MiB (aim {GROWTH_AIM_MIB})"
    )


def _write(file: Path) -> None:
    with file.open("wb") as out:
        for _ in range(MEBIBYTES):
            out.write(os.urandom(2**20))


def _copy(file: Path, copy: Path) -> None:
    with file.open("rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 2**20)
        target.flush()
        os.fsync(target.fileno())
    copy.unlink()


def _upload(server: WebServer, file: Path, name: str) -> None:
    headers = {"Authorization": server.client.headers["Authorization"]}
    client = TusClient(f"{server.client.base_url}uploads/", headers=headers)
    client.uploader(str(file), chunk_size=256 * 2**20, metadata=METADATA | {"name": name}).upload()


@contextmanager
def _timed(taken: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    taken.append(time.perf_counter() - began)
