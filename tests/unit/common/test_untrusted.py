"""What a hostile process may leave behind, and whoever comes after it must survive."""

import os
from pathlib import Path

import pytest

from trainyard_common.untrusted import Untrustworthy, open_directory, open_file, remove_tree


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("what it says")
    with open_file(tmp_path, tmp_path / "a" / "file", size=12) as file:
        assert file.read() == b"what it says"
    with open_file(tmp_path, Path("a/file")) as file:
        assert file.read() == b"what it says"


@pytest.mark.parametrize("kind", ["link", "link above", "pipe", "directory", "size", "upwards", "socket-like device"])
def test_what_is_no_plain_file_is_not_opened(kind: str, tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "file").write_text("secret")
    wanted = Path("file")
    match kind:
        case "link":
            (root / "file").symlink_to(outside / "file")
        case "link above":
            (root / "above").symlink_to(outside)
            wanted = Path("above/file")
        case "pipe":
            os.mkfifo(root / "file")
        case "directory":
            (root / "file").mkdir()
        case "size":
            (root / "file").write_text("longer than it should be")
        case "upwards":
            wanted = Path("../outside/file")
        case _:
            (root / "file").symlink_to("/dev/zero")
    with pytest.raises(Untrustworthy):
        open_file(root, wanted, size=6)


def test_what_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path, Path("nowhere"))
    with pytest.raises(FileNotFoundError):
        open_directory(tmp_path, Path("nowhere"))


def test_a_tree_deeper_than_python_recurses_is_removed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.write_text("stays")
    root.mkdir()
    at = os.open(root, os.O_RDONLY)
    for _ in range(3_000):
        os.mkdir("d", dir_fd=at)
        os.symlink(outside, "link", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    remove_tree(root)
    assert not root.exists()
    assert outside.read_text() == "stays"


def test_what_its_owner_may_not_read_is_removed(tmp_path: Path) -> None:
    closed = tmp_path / "root" / "closed"
    closed.mkdir(parents=True)
    (closed / "file").touch()
    (closed / "inner").mkdir(mode=0)
    closed.chmod(0)
    (tmp_path / "root").chmod(0o500)
    if os.geteuid() != 0:
        (tmp_path / "root").chmod(0o700)
    remove_tree(tmp_path / "root")
    assert not (tmp_path / "root").exists()
    remove_tree(tmp_path / "root")
