"""What an engine in strange hands announces as its checkpoint or model never makes the worker its deputy."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event

import httpx
import pytest

from trainyard_common.untrusted import Untrustworthy
from trainyard_spec.engine_protocol import ENGINE_MESSAGE, CheckpointWritten, Metrics
from trainyard_spec.files import FileEntry
from trainyard_worker.checkpoints import CheckpointNotKept, CheckpointUploader, HeldCheckpoint, hold_files
from trainyard_worker.leftovers import WRITTEN_FILE, Leftovers, mark_attempt
from trainyard_worker.testing import entry_of
from trainyard_worker.transport import Transport

SECRET = b"the worker's credential"
WRITTEN = CheckpointWritten(step=7, epoch=0, directory="/", files=(entry_of("weights", SECRET),), trained_seconds=1.0)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A directory of somebody else, with a file called as one of the checkpoint's, and just as long."""
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    (directory / "weights").write_bytes(SECRET)
    return directory


@pytest.fixture
def attempt(tmp_path: Path) -> Path:
    directory = tmp_path / "attempts" / "attempt"
    (directory / "out" / "checkpoints").mkdir(parents=True)
    return directory


def link_directory(checkpoint: Path, elsewhere: Path) -> None:
    checkpoint.symlink_to(elsewhere)


def link_above(checkpoint: Path, elsewhere: Path) -> None:
    checkpoint.parent.rmdir()
    (elsewhere / checkpoint.name).mkdir()
    (elsewhere / checkpoint.name / "weights").write_bytes(SECRET)
    checkpoint.parent.symlink_to(elsewhere)


def link_output(checkpoint: Path, elsewhere: Path) -> None:
    shutil.copytree(elsewhere, elsewhere / "checkpoints" / checkpoint.name)
    shutil.rmtree(checkpoint.parents[1])
    checkpoint.parents[1].symlink_to(elsewhere)


def link_file(checkpoint: Path, elsewhere: Path) -> None:
    checkpoint.mkdir()
    (checkpoint / "weights").symlink_to(elsewhere / "weights")


def pipe(checkpoint: Path, _elsewhere: Path) -> None:
    checkpoint.mkdir()
    os.mkfifo(checkpoint / "weights")


def other_size(checkpoint: Path, _elsewhere: Path) -> None:
    checkpoint.mkdir()
    (checkpoint / "weights").write_bytes(SECRET * 2)


def directory(checkpoint: Path, _elsewhere: Path) -> None:
    (checkpoint / "weights").mkdir(parents=True)


def nothing(_checkpoint: Path, _elsewhere: Path) -> None:
    pass


ATTACKS = [link_directory, link_above, link_output, link_file, pipe, other_size, directory, nothing]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_checkpoint_is_made_of_it(
    attack: Callable[[Path, Path], None], attempt: Path, elsewhere: Path, tmp_path: Path
) -> None:
    checkpoint = attempt / "out" / "checkpoints" / "step-0000000007"
    attack(checkpoint, elsewhere)
    delivered: list[HeldCheckpoint] = []
    uploader = CheckpointUploader(directory=attempt / "held", beneath=attempt, deliver=delivered.append)
    try:
        assert uploader.offer(WRITTEN, checkpoint) is None
        with pytest.raises(CheckpointNotKept):
            uploader.drain()
    finally:
        uploader.close()
    assert not delivered
    assert not list((attempt / "held").glob("*/*"))


@pytest.mark.parametrize("attack", [link_file, pipe, other_size, directory])
def test_no_checkpoint_is_made_of_parts_of_which_one_is_strange(
    attack: Callable[[Path, Path], None], attempt: Path, elsewhere: Path
) -> None:
    """As a sharded training announces them, a file of each process."""
    checkpoint = attempt / "out" / "checkpoints" / "step-0000000007"
    attack(checkpoint, elsewhere)
    parts = [f"weights-0000{rank}-of-00002.safetensors" for rank in (1, 2)]
    (checkpoint / "weights").rename(checkpoint / parts[1])
    (checkpoint / parts[0]).write_bytes(SECRET)
    files = tuple(entry_of(name, SECRET) for name in parts)
    with pytest.raises(OSError, match=parts[1]):
        hold_files(files, checkpoint, attempt / "kept", beneath=attempt)
    assert not (attempt / "kept").exists()


@pytest.mark.parametrize("attack", [link_file, pipe, other_size, directory])
def test_no_model_is_made_of_it(attack: Callable[[Path, Path], None], attempt: Path, elsewhere: Path) -> None:
    output = attempt / "out" / "model"
    attack(output, elsewhere)
    with pytest.raises(OSError, match="weights"):
        hold_files(WRITTEN.files, output, attempt / "kept", beneath=attempt)
    assert not (attempt / "kept").exists()


@pytest.mark.parametrize("attack", [link_file, pipe, other_size, directory])
def test_none_is_handed_over_by_the_next_worker(
    attack: Callable[[Path, Path], None], attempt: Path, elsewhere: Path
) -> None:
    from trainyard_spec.worker_protocol import HeldAttempt

    mark_attempt(attempt, HeldAttempt(attempt_id="att", fence=1))
    held = attempt / "held" / "step-0000000007"
    held.parent.mkdir()
    attack(held, elsewhere)
    (held / WRITTEN_FILE).write_text(WRITTEN.model_dump_json())
    assert Leftovers(attempt.parent).waiting == []
    assert (elsewhere / "weights").read_bytes() == SECRET


def test_a_file_that_is_cut_while_it_is_sent_ends_the_sending(tmp_path: Path) -> None:
    source = tmp_path / "weights"
    source.write_bytes(bytes(3 << 20))

    class Taker(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            for _ in request.stream:
                source.write_bytes(b"")
            return httpx.Response(204)

    transport = Transport(base_url="http://127.0.0.1", token="t")
    transport._http = httpx.Client(base_url="http://127.0.0.1", transport=Taker())
    with pytest.raises(Untrustworthy):
        transport.upload("/", source, parameters={}, give_up=Event())
    transport.close()


@pytest.mark.parametrize("name", ["../weights", "a/b", ".hidden", "", "x" * 200, "a\n"])
def test_names_of_files_are_flat(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        FileEntry(name=name, bytes=1, sha256="0" * 64)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"metrics","steps":[1,2],"values":{"loss":[1.0]}}',
        b'{"type":"metrics","steps":[1e400],"values":{}}',
        b'{"type":"checkpoint","step":-1,"epoch":0,"directory":"x","files":[],"trained_seconds":1}',
        b'{"type":"checkpoint","step":99999999999999999999,"epoch":0,"directory":"x","files":[],"trained_seconds":1}',
        b'{"type":"stopped","step":1,"trained_seconds":-1}',
        b"[" * 100_000,
        b'{"type":"progress","epoch":0,"step":' + b"9" * 5_000 + b"}",
    ],
)
def test_numbers_out_of_range_are_no_messages(line: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ENGINE_MESSAGE.validate_json(line)


def test_metrics_have_a_value_for_each_step() -> None:
    assert Metrics(steps=(1, 2), values={"loss": (1.0, None)}).values["loss"] == (1.0, None)
