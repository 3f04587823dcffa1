"""``python -m trainyard_engine compile`` leaves a complete dataset or nothing, however it ends."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import uploads
from trainyard_engine.cli.compile import run
from trainyard_spec.datasets import CompileResult

COMMAND = [sys.executable, "-m", "trainyard_engine", "compile"]
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(str(Path(part).resolve()) for part in ("workers", "contracts"))}


def arguments(source: Path, out: Path, *, target: str = "species") -> list[str]:
    return [
        *("--source", str(source)),
        *("--task", "tabular_classification"),
        *("--target", target),
        *("--filename", "flowers.csv"),
        *("--out", str(out)),
    ]


def compile_in_a_process(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments(source, out)], env=ENVIRONMENT, capture_output=True, text=True)


def snapshot(directory: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in directory.iterdir()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return uploads.write_csv(tmp_path / "upload", uploads.flower_rows())


def test_an_accepted_file_answers_with_its_dataset_and_status_0(tmp_path: Path, source: Path) -> None:
    done = compile_in_a_process(source, tmp_path / "out")

    assert done.returncode == 0, done.stderr
    result = CompileResult.model_validate_json(done.stdout.splitlines()[-1])
    assert result.dataset is not None
    assert {file.name for file in result.dataset.files} == {"numeric.npy", "categorical.npy", "target.npy"}
    assert json.loads((tmp_path / "out" / "dataset.json").read_bytes())["rows"] == 30


def test_a_rejected_file_answers_with_its_problems_and_status_2(tmp_path: Path, source: Path) -> None:
    source.write_text("nothing,here\n")

    done = compile_in_a_process(source, tmp_path / "out")

    assert done.returncode == 2
    result = CompileResult.model_validate_json(done.stdout.splitlines()[-1])
    assert result.dataset is None
    assert [(problem.code, problem.file) for problem in result.problems] == [("empty_file", "flowers.csv")]
    assert list(tmp_path.iterdir()) == [source]


def test_compiling_needs_no_torch(source: Path) -> None:
    check = (
        "import sys; from trainyard_engine.cli.compile import run; status = run(sys.argv[1:]);"
        "sys.exit(status or 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", check, *arguments(source, source.parent / "out")]

    assert subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL).returncode == 0


def test_compiling_again_changes_nothing_and_answers_the_same(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments(source, tmp_path / "out")) == 0
    first, files = capsys.readouterr().out, snapshot(tmp_path / "out")

    assert run(arguments(source, tmp_path / "out")) == 0

    assert capsys.readouterr().out == first
    assert snapshot(tmp_path / "out") == files


@pytest.mark.parametrize("change", ["content", "target", "missing file"])
def test_a_dataset_of_something_else_is_not_overwritten(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    run(arguments(source, tmp_path / "out"))
    target = "species"
    match change:
        case "content":
            uploads.write_csv(source, uploads.flower_rows(31))
        case "target":
            target = "colour"
        case _:
            (tmp_path / "out" / "target.npy").unlink()
    files = snapshot(tmp_path / "out")
    capsys.readouterr()

    assert run(arguments(source, tmp_path / "out", target=target)) == 2

    assert [problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]] == ["output_exists"]
    assert snapshot(tmp_path / "out") == files


def test_the_same_file_gives_the_same_bytes_anywhere(tmp_path: Path, source: Path) -> None:
    run(arguments(source, tmp_path / "one"))
    run(arguments(source, tmp_path / "two"))

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


HALF_DONE = """
import signal, sys
from trainyard_engine.cli import compile as command
from trainyard_engine.ingest import output
output.NpyFile.finish = lambda file: print("half done", flush=True) or signal.pause()
sys.exit(command.run(sys.argv[1:]))
"""


@pytest.fixture
def half_done(tmp_path: Path, source: Path) -> Iterator[subprocess.Popen[str]]:
    """A compilation that stands still after it has written its arrays."""
    command = [sys.executable, "-c", HALF_DONE, *arguments(source, tmp_path / "out")]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half done\n"
        assert (tmp_path / ".out.partial" / "numeric.npy").stat().st_size > 0
        yield process
        process.kill()


def test_a_terminated_compilation_leaves_nothing(tmp_path: Path, half_done: subprocess.Popen[str]) -> None:
    half_done.send_signal(signal.SIGTERM)

    assert half_done.wait() == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_what_a_killed_compilation_leaves_is_cleared_by_the_next(
    tmp_path: Path, half_done: subprocess.Popen[str]
) -> None:
    half_done.kill()
    half_done.wait()
    assert not (tmp_path / "out").exists()

    assert run(arguments(tmp_path / "upload", tmp_path / "out")) == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "upload"]
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_a_full_disk_is_an_error_and_leaves_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        run(arguments(source, tmp_path / "out"))

    assert list(tmp_path.iterdir()) == [source]


def test_two_compilations_to_one_place_do_not_mix(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".out.partial").mkdir()
    other = os.open(tmp_path / ".out.partial", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)

    assert run(arguments(source, tmp_path / "out")) == 2
    assert [problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]] == ["output_busy"]

    os.close(other)
    assert run(arguments(source, tmp_path / "out")) == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--image-size", "3"), ("--task", "mind_reading"), ("--source", "/nowhere")]
)
def test_wrong_arguments_end_with_a_sentence(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run([*arguments(source, tmp_path / "out"), option, value])

    assert ended.value.code == 2
    assert option in capsys.readouterr().err


def test_a_task_that_there_is_not_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--source", "x", "--task", "segmentation", "--out", "out"])
    assert "invalid choice: 'segmentation' (choose from 'image_classification'" in capsys.readouterr().err
