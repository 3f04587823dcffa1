"""What a compilation in strange hands leaves behind is not read as if it were a dataset."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from trainyard.core.blobs import BlobNotFound, LocalBlobStore
from trainyard.datasets import compiler, media
from trainyard_common.untrusted import Untrustworthy
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


def link(path: Path, secret: Path) -> None:
    secret.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(secret)


def link_directory(path: Path, secret: Path) -> None:
    path.parent.rename(secret)
    path.parent.symlink_to(secret)


def pipe(path: Path, _secret: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def cut(path: Path, _secret: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("name", ["target.npy", "dataset.json"])
@pytest.mark.parametrize("attack", [link, link_directory, pipe, cut])
def test_files_that_are_not_what_it_says_are_refused(
    attack: Callable[[Path, Path], None], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (attack, name) == (cut, "dataset.json"):
        pytest.skip("its size is nowhere stated, and nothing in it is another's")
    source = uploads.write_csv(tmp_path / "source", uploads.flower_rows())
    (tmp_path / "scratch").mkdir()
    compilation = compiler.Compilation(
        source=source,
        filename="flowers.csv",
        task=Task.TABULAR_CLASSIFICATION,
        options=CompileOptions(target="species"),
        scratch=tmp_path / "scratch",
        memory_bytes=4 * 2**30,
        seconds=60,
    )
    kill = compiler.kill_session

    def attack_at_the_end(process: object) -> None:
        kill(process)  # type: ignore[arg-type]
        attack(compilation.out / name, tmp_path / "secret")

    monkeypatch.setattr(compiler, "kill_session", attack_at_the_end)
    with pytest.raises(Untrustworthy):
        compiler.run(compilation, keep_going=lambda: True)


def test_the_store_takes_no_link_and_follows_none(tmp_path: Path) -> None:
    store, secret = LocalBlobStore(tmp_path / "blobs"), tmp_path / "secret"
    store.prepare()
    secret.write_bytes(b"secret")
    (tmp_path / "link").symlink_to(secret)
    with pytest.raises(Untrustworthy):
        store.put_file("a/b", tmp_path / "link")
    (tmp_path / "blobs" / "a" / "c").symlink_to(secret)
    with pytest.raises(BlobNotFound):
        store.open("a/c")
    with pytest.raises(BlobNotFound):
        store.local_path("a/c")
    store.put_file("a/d", secret)
    with store.open("a/d") as file:
        assert file.read() == b"secret"
    assert (tmp_path / "blobs" / "a" / "d").stat().st_mode & 0o777 == 0o600


def test_a_preview_copies_no_image_that_no_compilation_makes(tmp_path: Path) -> None:
    huge = np.lib.format.open_memmap(tmp_path / "images.npy", mode="w+", dtype=np.uint8, shape=(1, 3, 2**14, 2**14))
    with pytest.raises(Untrustworthy):
        media.png_of(huge[0])
