"""What a tree of processes takes of disk and memory is measured whatever it does to hide it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.insider import NAMESPACES, ROOT, command, run
from tests.support.waiting import wait_for
from trainyard_common import resource_use
from trainyard_common.resource_use import Quota, Resource, descendants, disk_bytes, memory_bytes
from trainyard_common.sandbox import Policy

MEBIBYTE = 2**20
HOLDING = """
import os, sys, mmap
bytes_each, processes, how = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
for _ in range(processes - 1):
    if os.fork() == 0:
        break
if how == "private":
    held = bytearray(b"x") * bytes_each
elif how == "shared":
    held = mmap.mmap(-1, bytes_each)
    held.write(b"x" * bytes_each)
else:
    os.write(os.memfd_create("held"), b"x" * bytes_each)
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def running(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    environment = {"PYTHONPATH": str(ROOT / "contracts"), "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def holding(bytes_each: int, processes: int, how: str) -> Iterator[int]:
    with running([sys.executable, "-c", HOLDING, str(bytes_each), str(processes), how]) as process:
        assert process.stdout is not None
        for _ in range(processes):
            process.stdout.readline()
        yield process.pid


def quota(directory: Path, *, disk: int = MEBIBYTE, memory: int | None = None) -> Quota:
    return Quota(directories=(directory,), disk_bytes=disk, memory_bytes=memory)


def test_many_small_files_count_together(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for number in range(300):
        (tmp_path / "a" / "b" / str(number)).write_bytes(b"x" * 4096)
    assert quota(tmp_path, disk=2 * MEBIBYTE).excess(None) is None
    excess = quota(tmp_path).excess(None)
    assert excess is not None
    assert (excess.resource, excess.limit) == (Resource.DISK, MEBIBYTE)
    assert excess.used >= 300 * 4096


def test_a_file_of_several_names_counts_once_and_links_lead_nowhere(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "large").write_bytes(b"x" * 2 * MEBIBYTE)
    (inside / "first").write_bytes(b"x" * 600 * 1024)
    os.link(inside / "first", inside / "second")
    (inside / "link").symlink_to(outside / "large")
    (inside / "directory").symlink_to(outside)
    assert quota(inside).excess(None) is None


def test_what_was_replaced_by_a_link_while_it_was_listed_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc")
    assert resource_use._entries(tmp_path, Path("link")) == []


def test_what_takes_no_room_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource_use, "MOST_ENTRIES", 50)
    for number in range(51):
        (tmp_path / str(number)).touch()
    excess = quota(tmp_path).excess(None)
    assert excess is not None
    assert excess.resource is Resource.FILES


def test_nothing_is_hidden_far_down(tmp_path: Path) -> None:
    tmp_path.joinpath(*("d" for _ in range(resource_use.DEEPEST + 1))).mkdir(parents=True)
    excess = quota(tmp_path).excess(None)
    assert excess is not None
    assert excess.resource is Resource.FILES


def test_a_directory_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert disk_bytes((tmp_path / "never",)) == 0


def test_files_without_a_name_count_as_long_as_they_are_open(tmp_path: Path) -> None:
    code = f"""
import os, sys
file = os.open({str(tmp_path / "file")!r}, os.O_RDWR | os.O_CREAT)
os.write(file, b"x" * {2 * MEBIBYTE})
os.unlink({str(tmp_path / "file")!r})
print("ready", flush=True)
sys.stdin.read()
"""
    with running([sys.executable, "-c", code]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert quota(tmp_path).excess(None) is None
        excess = quota(tmp_path).excess(process.pid)
        assert excess is not None
        assert excess.resource is Resource.DISK


@pytest.mark.parametrize("how", ["private", "shared", "nameless file"])
def test_memory_of_several_processes_counts_together(how: str, tmp_path: Path) -> None:
    with holding(24 * MEBIBYTE, 4, how) as pid:
        assert len(list(descendants(pid))) == 4
        assert quota(tmp_path, memory=256 * MEBIBYTE).excess(pid) is None
        excess = quota(tmp_path, memory=80 * MEBIBYTE).excess(pid)
        assert excess is not None
        assert excess.resource is Resource.MEMORY
        assert excess.used >= 90 * MEBIBYTE


def test_memory_that_children_share_with_their_parent_counts_once() -> None:
    code = """
import os, sys
held = bytearray(b"x") * (64 * 2**20)
for _ in range(7):
    if os.fork() == 0:
        break
print("ready", flush=True)
sys.stdin.read()
"""
    with running([sys.executable, "-c", code]) as process:
        assert process.stdout is not None
        for _ in range(8):
            process.stdout.readline()
        pids = list(descendants(process.pid))
        assert memory_bytes(pids, above=2**40) > 8 * 64 * MEBIBYTE
        assert memory_bytes(pids) < 2 * 64 * MEBIBYTE


def test_the_file_systems_in_memory_of_a_sandbox_count(tmp_path: Path) -> None:
    if (refused := run("", Policy(), NAMESPACES)).status != 0:
        pytest.skip(f"this host has no namespaces: {refused.stderr}")
    code = """
import sys
for name in ("/tmp/file", "/dev/shm/file"):
    with open(name, "wb") as file:
        file.write(b"x" * 40 * 2**20)
print("ready", flush=True)
sys.stdin.read()
"""
    with running(command(code, Policy(), NAMESPACES)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        wait_for(lambda: memory_bytes([*descendants(process.pid)]) > 0)
        inside = max(descendants(process.pid))
        assert memory_bytes([inside]) > 80 * MEBIBYTE
