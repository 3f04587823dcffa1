"""The compiler as a process: what it may see, and what ends it."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support import costly_files, uploads
from tests.support.processes import has_ended
from tests.support.waiting import wait_for
from tests.support.workbooks import sheet, write_workbook
from trainyard.datasets import compiler, previews
from trainyard_common.resource_use import Resource
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task

LITTERING = """
import signal
for number in range(16 * 256):
    open(str(number), "wb").write(b"x" * 4096)
signal.pause()
"""
HOARDING = """
import os, signal
os.fork(), os.fork(), os.fork()
held = bytearray(b"x") * 48 * 2**20
signal.pause()
"""
ROOTS = [str(Path(root).resolve()) for root in ("platform", "workers", "contracts", ".")]


def compilation(source: Path, **changes: object) -> compiler.Compilation:
    scratch = source.parent / "scratch"
    scratch.mkdir()
    values = {
        "source": source,
        "filename": "-rf $(x) flowers.csv",
        "task": Task.TABULAR_CLASSIFICATION,
        "options": CompileOptions(target="species"),
        "scratch": scratch,
        "memory_bytes": 4 * 2**30,
        "seconds": 60,
        **changes,
    }
    return compiler.Compilation(**values)  # type: ignore[arg-type]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return uploads.write_csv(tmp_path / "source", uploads.flower_rows())


@pytest.fixture(scope="module")
def many_flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return uploads.write_csv(tmp_path_factory.mktemp("flowers") / "source", uploads.flower_rows(200_000))


@pytest.fixture
def large_table(many_flowers: Path, tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.hardlink_to(many_flowers)
    return source


def child() -> psutil.Process | None:
    return next((p for p in psutil.Process().children() if "compile" in p.cmdline()), None)


def test_a_file_name_is_only_a_name(table: Path) -> None:
    result = compiler.run(compilation(table), keep_going=lambda: True)
    assert result.dataset is not None
    assert result.dataset.rows == 30


@pytest.mark.parametrize("is_workbook", [True, False])
def test_what_is_packed_is_unpacked_where_the_compiler_may_write(table: Path, is_workbook: bool) -> None:
    if is_workbook:
        flowers = uploads.flower_rows()
        write_workbook(table, sheet([[*flowers[0]], *([*row.values()] for row in flowers)]))
    else:
        table.write_bytes(gzip.compress(table.read_bytes()))

    result = compiler.run(compilation(table, filename="flowers"), keep_going=lambda: True)

    assert result.dataset is not None, result.problems
    assert result.dataset.rows == 30


def test_a_target_that_looks_like_an_option_is_a_target(tmp_path: Path) -> None:
    rows = [{**row, "--out": row["species"]} for row in uploads.flower_rows()]
    source = uploads.write_csv(tmp_path / "source", rows)
    wanted = compilation(source, options=CompileOptions(target="--out"))
    result = compiler.run(wanted, keep_going=lambda: True)
    assert result.dataset is not None
    assert result.dataset.profile.kind == "table"
    assert result.dataset.profile.target == "--out"


def test_several_targets_reach_the_compiler_and_the_preview(tmp_path: Path) -> None:
    rows = [{"a": n, "--hot": n % 2, "wet": n % 3 // 2} for n in range(30)]
    wanted = compilation(uploads.write_csv(tmp_path / "source", rows), options=CompileOptions(targets=("--hot", "wet")))
    result = compiler.run(wanted, keep_going=lambda: True)
    assert result.dataset is not None
    assert result.dataset.classes == ("--hot", "wet")
    preview = json.loads(previews.build(result.dataset, wanted.out))
    assert preview["rows"][:3] == [{"a": n, "--hot": n % 2, "wet": n % 3 // 2} for n in range(3)]


def test_labels_of_a_cell_are_previewed_as_a_list(tmp_path: Path) -> None:
    rows = [{"a": n, "tags": "x|y" if n % 2 else ""} for n in range(29)] + [{"a": 29, "tags": "x"}]
    wanted = compilation(
        uploads.write_csv(tmp_path / "source", rows), options=CompileOptions(target="tags", label_separator="|")
    )
    result = compiler.run(wanted, keep_going=lambda: True)
    assert result.dataset is not None
    preview = json.loads(previews.build(result.dataset, wanted.out))
    assert [row["tags"] for row in preview["rows"][:2]] == [[], ["x", "y"]]


def test_it_sees_no_secret_and_keeps_to_limits(large_table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINYARD_SECRET_KEY", "must-not-be-seen")
    seen: dict[str, object] = {}

    def look() -> bool:
        process = child()
        if process is not None and process.num_fds() and "confined" in process.cmdline():
            seen["environment"] = set(process.environ())
            seen["memory"] = process.rlimit(psutil.RLIMIT_AS)[1]
            seen["core"] = process.rlimit(psutil.RLIMIT_CORE)[1]
            return seen["core"] != 0
        return True

    with pytest.raises(compiler.CompileAbandoned):
        compiler.run(compilation(large_table), keep_going=look)
    assert seen["memory"] == 4 * 2**30
    assert not {name for name in seen["environment"] if "TRAINYARD" in name}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keep_going", "seconds", "error"),
    [(lambda: False, 60, compiler.CompileAbandoned), (lambda: True, 0, compiler.CompileTimeout)],
)
def test_stopping_kills_it(
    large_table: Path, keep_going: Callable[[], bool], seconds: float, error: type[Exception]
) -> None:
    with pytest.raises(error):
        compiler.run(compilation(large_table, seconds=seconds), keep_going=keep_going)
    assert child() is None


def test_a_kill_is_told_from_a_result(large_table: Path) -> None:
    def kill() -> bool:
        process = child()
        if process is not None:
            process.kill()
        return True

    with pytest.raises(compiler.CompilerCrashed) as crash:
        compiler.run(compilation(large_table), keep_going=kill)
    assert crash.value.status == -signal.SIGKILL


@pytest.mark.parametrize(("code", "resource"), [(LITTERING, Resource.DISK), (HOARDING, Resource.MEMORY)])
def test_files_and_processes_are_bounded_together(
    table: Path, code: str, resource: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler, "LEAST_DISK_BYTES", 8 * 2**20)
    monkeypatch.setattr(compiler, "LEAST_MEMORY_BYTES", 64 * 2**20)
    monkeypatch.setattr(compiler, "_command", lambda _: [sys.executable, "-c", code])
    with pytest.raises(compiler.CompileOversized) as oversized:
        compiler.run(compilation(table), keep_going=lambda: True)
    assert oversized.value.excess.resource is resource


def test_a_crash_tells_what_it_said_last(table: Path) -> None:
    with pytest.raises(compiler.CompilerCrashed) as crash:
        compiler.run(compilation(table, memory_bytes=64 * 2**20), keep_going=lambda: True)
    assert crash.value.stderr


def test_a_small_file_may_take_little_of_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "LEAST_PROCESSOR_SECONDS", 1)
    image = costly_files.scanned(100, size=(1_000, 1_000))
    source = uploads.write_zip(tmp_path / "source", {f"{label}/{n}.jpg": image for label in "ab" for n in range(19)})
    wanted = compilation(source, task=Task.IMAGE_CLASSIFICATION, options=CompileOptions())
    with pytest.raises(compiler.CompilerCrashed) as crash:
        compiler.run(wanted, keep_going=lambda: True)
    assert crash.value.ended_by == signal.SIGXCPU


def test_a_small_file_may_take_little_memory(tmp_path: Path) -> None:
    image = uploads.image_bytes((1, 2, 3, 4), size=(6_000, 6_000), mode="RGBA", kind="WEBP")
    source = uploads.write_zip(tmp_path / "source", {f"{label}/{n}.webp": image for label in "ab" for n in range(5)})
    wanted = compilation(source, task=Task.IMAGE_CLASSIFICATION, options=CompileOptions())
    result = compiler.run(wanted, keep_going=lambda: True)
    assert {problem.code for problem in result.problems} == {"too_little_memory"}


@pytest.mark.parametrize("mebibytes", [1, 100])
def test_limits_are_in_proportion_to_the_file(tmp_path: Path, mebibytes: int) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(mebibytes << 20)
    wanted = compilation(source, seconds=3_600)
    limits = wanted.limits()
    assert limits["cpu"] == 10 + 4 * mebibytes
    assert limits["data"] == min(4 << 30, limits["data"])
    assert (limits["data"] == 4 << 30) == (mebibytes == 100)
    assert wanted.deadline_seconds == 60 + 8 * mebibytes


def test_it_does_not_outlive_its_parent(large_table: Path) -> None:
    wanted = compilation(large_table)
    command = [sys.executable, "-P", "-m", "trainyard_engine", "confined"]
    script = f"""
import json, os, subprocess, sys
confinement = json.dumps({{"parent": os.getpid(), "limits": {{}}}})
child = subprocess.Popen([*{command!r}, confinement, "compile", *{wanted.arguments()!r}], start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    orphan = psutil.Process(int(parent.stdout.readline()))
    wait_for(lambda: "confined" in orphan.cmdline())
    parent.kill()
    parent.communicate()
    wait_for(lambda: has_ended(orphan))
    assert not wanted.out.exists()


def test_a_parent_that_is_gone_already_is_noticed(table: Path) -> None:
    confinement = json.dumps({"parent": 1, "limits": {}})
    wanted = compilation(table)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "trainyard_engine", "confined", confinement, "compile", *wanted.arguments()],
        env={"PYTHONPATH": os.pathsep.join(ROOTS)},
        check=False,
    )
    assert done.returncode != 0
    assert not wanted.out.exists()
