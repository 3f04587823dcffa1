"""The commands as a user runs them: one process each, JSON lines on standard output, a meaningful exit status."""

import base64
import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.compiled import make_spec, small_table, stored_texts, write_json
from tests.support.engine_server import SOURCE_ROOTS, EngineChild, EngineServer
from tests.support.trainings import Undisturbed
from trainyard_engine.cli import COMMANDS
from trainyard_engine.cli.forkserver import PRELOADED
from trainyard_engine.core.split import split_rows
from trainyard_engine.tasks.registry import handler_module
from trainyard_spec.engine_protocol import ENGINE_MESSAGE, TEST_PREDICTIONS_FILE
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task


def ran(child: EngineChild, *, status: int = 0) -> dict[str, Any]:
    """The last line of a command that ended with ``status``."""
    assert child.wait() == status, child.seen
    return child.seen[-1]


def inputs_of(undisturbed: Undisturbed, rows: list[int]) -> list[Any]:
    """Rows of the compiled data as a client would send them."""
    data = undisturbed.case.data
    if (data / "images.npy").exists():
        return [_png(image) for image in np.load(data / "images.npy")[rows]]
    if (data / "text.npy").exists():
        texts = stored_texts(data)
        return [texts[row] for row in rows]
    numeric, categorical = np.load(data / "numeric.npy")[rows], np.load(data / "categorical.npy")[rows]
    colours = ("blue", "green", "red", None)
    return [
        {f"n{i}": None if np.isnan(value) else float(value) for i, value in enumerate(numbers)}
        | {f"k{i}": colours[code] for i, code in enumerate(codes)}
        for numbers, codes in zip(numeric, categorical, strict=True)
    ]


def _png(image: np.ndarray[Any, Any]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image[0]).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_every_line_is_a_message_of_the_protocol(undisturbed: Undisturbed) -> None:
    kinds = [ENGINE_MESSAGE.validate_python(line).type for line in undisturbed.child.seen]
    assert [kind for kind in kinds if kind != "log"][:2] == ["started", "first_step"]
    assert kinds[-1] == "result"
    assert {"metrics", "checkpoint"} <= set(kinds)


def test_the_output_directory_holds_a_whole_model(undisturbed: Undisturbed, server: EngineServer) -> None:
    out = undisturbed.out
    tokenizer = ["tokenizer.json"] if undisturbed.case.name == "rnn-texts" else []
    model = ["model.safetensors", "config.json", *tokenizer, "manifest.json"]
    assert {path.name for path in out.iterdir() if path.suffix != ".stderr"} == {
        *("checkpoints", "result.json", "spec.json", "test_predictions.csv", "model_card.md"),
        *model,
    }
    result = json.loads((out / "result.json").read_text())
    assert result == undisturbed.result | {"metrics": result["test_metrics"], "steps": result["step"]}
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["deterministic"], manifest["threads"]) == (True, undisturbed.case.threads)
    assert manifest["parameters"] == undisturbed.child.of_type("started")[0]["parameters"]
    assert [entry["name"] for entry in result["files"]] == [*model, "test_predictions.csv", "model_card.md"]
    verified = ran(server.start("verify", "--path", out, directory=out))
    assert verified["type"] == "verified"


def test_evaluate_finds_the_result_again(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path) -> None:
    command = ("evaluate", "--model", undisturbed.out, "--data", undisturbed.case.data, "--threads", 1)
    evaluated = ran(server.start(*command, directory=tmp_path))
    assert evaluated["test_metrics"] == pytest.approx(undisturbed.result["test_metrics"], rel=1e-5)
    assert evaluated["files"] == []


def test_evaluate_writes_what_train_wrote_of_the_test_rows(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    command = ("evaluate", "--model", undisturbed.out, "--data", undisturbed.case.data, "--threads", 1)
    out = tmp_path / "new" / "answers"
    (entry,) = ran(server.start(*command, "--out", out, directory=tmp_path))["files"]
    assert [path.name for path in out.iterdir()] == [entry["name"]] == [TEST_PREDICTIONS_FILE]

    again, first = (table_of(directory / TEST_PREDICTIONS_FILE) for directory in (out, undisturbed.out))
    assert again.keys() == first.keys()
    for name, cells in first.items():
        assert again[name] == (cells if isinstance(cells, tuple) else pytest.approx(cells, rel=1e-5))


def table_of(path: Path) -> dict[str, Any]:
    """The columns of test predictions: float64 where all cells are numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    return {name: as_numbers(cells) for name, cells in columns.items()}


def as_numbers(cells: tuple[str, ...]) -> Any:
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return cells


def test_predictions_are_those_of_the_evaluation(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    target = np.load(undisturbed.case.data / "target.npy")
    is_regression = target.dtype == np.float64
    rows = split_rows(np.zeros(len(target), dtype=np.int64) if is_regression else target, SplitConfig()).test
    inputs = write_json(tmp_path / "inputs.json", {"inputs": inputs_of(undisturbed, rows.tolist())})
    command = ("predict", "--model", undisturbed.out, "--inputs", inputs)
    predictions = ran(server.start(*command, directory=tmp_path))["predictions"]
    expected = undisturbed.result["test_metrics"]
    if is_regression:
        values = np.array([prediction["value"] for prediction in predictions])
        assert np.abs(values - target[rows]).mean() == pytest.approx(expected["mae"], rel=1e-4)
        return
    for prediction in predictions:
        probabilities = prediction["probabilities"]
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert prediction["label"] == max(probabilities, key=lambda name: probabilities[name])
    right = [p["label"] == f"c{truth}" for p, truth in zip(predictions, target[rows], strict=True)]
    assert np.mean(right) == pytest.approx(expected["accuracy"])


def test_a_bad_input_is_named(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path) -> None:
    good = inputs_of(undisturbed, [0, 1])
    inputs = write_json(tmp_path / "inputs.json", {"inputs": [*good, 5]})
    failed = ran(server.start("predict", "--model", undisturbed.out, "--inputs", inputs, directory=tmp_path), status=2)
    assert (failed["type"], failed["fault"], failed["field"]) == ("failed", "user", "inputs.2")
    assert failed["message"].startswith("Input 2 ")


def test_no_inputs_no_predictions(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path) -> None:
    inputs = write_json(tmp_path / "inputs.json", {"inputs": []})
    answer = ran(server.start("predict", "--model", undisturbed.out, "--inputs", inputs, directory=tmp_path))
    assert answer == {"type": "predictions", "predictions": []}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_one_flipped_bit_of_a_model_is_found(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path, name: str
) -> None:
    for path in undisturbed.out.glob("*.*"):
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    content = bytearray((tmp_path / name).read_bytes())
    content[-2] ^= 4
    (tmp_path / name).write_bytes(content)
    failed = ran(server.start("verify", "--path", tmp_path, directory=tmp_path), status=4)
    assert failed["code"] == "damaged"
    assert name in failed["message"]
    inputs = write_json(tmp_path / "inputs.json", {"inputs": []})
    refused = ran(server.start("predict", "--model", tmp_path, "--inputs", inputs, directory=tmp_path), status=2)
    assert refused["code"] == "damaged_model"


def test_checkpoints_can_be_verified(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path) -> None:
    newest = max((undisturbed.out / "checkpoints").iterdir())
    verified = ran(server.start("verify", "--path", newest, directory=tmp_path))
    assert {"weights.safetensors", "optimizer.safetensors"} <= {entry["name"] for entry in verified["files"]}


def test_a_model_is_not_evaluated_on_other_data(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path) -> None:
    other = small_table(tmp_path / "other", rows=90)
    command = ("evaluate", "--model", undisturbed.out, "--data", other)
    assert ran(server.start(*command, directory=tmp_path), status=2)["code"] == "other_dataset"


@pytest.mark.parametrize(
    ("spec", "code", "field"),
    [
        ("not JSON", "invalid_spec", None),
        ({"name": "x"}, "invalid_spec", "dataset"),
        (make_spec("tabular_classification", {"name": "mlp", "hiden": [1]}), "invalid_spec", "architecture.hiden"),
        (make_spec("tabular_regression", {"name": "mlp"}), "other_task", "task"),
    ],
)
def test_a_spec_that_cannot_be_trained_is_invalid_input(
    server: EngineServer, tmp_path: Path, spec: object, code: str, field: str | None
) -> None:
    path = tmp_path / "spec.json"
    path.write_text(spec if isinstance(spec, str) else json.dumps(spec))
    data = small_table(tmp_path / "data")
    command = ("train", "--spec", path, "--data", data, "--out", tmp_path / "out")
    failed = ran(server.start(*command, directory=tmp_path), status=2)
    assert (failed["type"], failed["fault"], failed["code"], failed["field"]) == ("failed", "user", code, field)


@pytest.mark.parametrize(("hidden", "code", "status"), [(8_192, "out_of_memory", 4), (16_384, "too_large_for_slot", 2)])
def test_memory_that_does_not_suffice_is_the_users_to_mend(
    server: EngineServer, tmp_path: Path, hidden: int, code: str, status: int
) -> None:
    """Layers of 0.25 and of 1 GiB: what is needed at the least is below all that the process may have, and above."""
    giant = make_spec("tabular_classification", {"name": "mlp", "hidden": [hidden, hidden]})
    spec = write_json(tmp_path / "spec.json", giant)
    command = ("train", "--spec", spec, "--data", small_table(tmp_path / "data"), "--out", tmp_path / "out")
    # Its first answer comes when it has loaded all that its children inherit.
    ran(server.start("verify", "--path", tmp_path, directory=tmp_path), status=4)
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    inherited = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmSize:"))
    limits = {"as": inherited + (1 << 29)}
    failed = ran(server.start(*command, directory=tmp_path, limits=limits), status=status)
    assert (failed["fault"], failed["code"]) == ("user", code)


def test_a_disk_that_refuses_is_infrastructure(server: EngineServer, tmp_path: Path) -> None:
    spec = write_json(tmp_path / "spec.json", make_spec("tabular_classification", {"name": "mlp"}))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.safetensors").mkdir()
    command = ("train", "--spec", spec, "--data", small_table(tmp_path / "data"), "--out", tmp_path / "out")
    failed = ran(server.start(*command, directory=tmp_path), status=4)
    assert (failed["fault"], failed["code"]) == ("infrastructure", "storage")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env={"PYTHONPATH": SOURCE_ROOTS}, capture_output=True, text=True, check=False
    )


def test_neither_a_first_step_nor_a_prediction_waits_for_the_libraries_of_metrics() -> None:
    commands = ("trainyard_engine.cli.train", "trainyard_engine.cli.predict")
    kinds = (
        "trainyard_engine.tasks.shared.images",
        "trainyard_engine.tasks.time_series_forecasting.handler",
        "trainyard_engine.tasks.text_classification.handler",
    )
    slow = {"torchmetrics", "transformers", "scipy"}
    done = python("-c", f"import sys, {', '.join(commands + kinds)}; sys.exit(str({slow} & set(sys.modules)))")
    assert done.stderr.strip() == "set()"


@pytest.mark.parametrize("arguments", [[], ["nonsense"]])
def test_an_unknown_command_names_the_known_ones(arguments: list[str]) -> None:
    done = python("-m", "trainyard_engine", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{{{','.join(COMMANDS)}}}" in done.stderr


def test_strays_on_standard_output_go_to_standard_error(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "from trainyard_engine.core.messages import claim_stdout\n"
        "from trainyard_spec.engine_protocol import FirstStep\n"
        "messages = claim_stdout()\n"
        "print('from Python', flush=True)\n"
        "os.write(1, b'from below')\n"
        "messages.send(FirstStep(step=1))\n"
    )
    done = python("-c", code)
    assert json.loads(done.stdout) == {"type": "first_step", "step": 1}
    assert "from Python" in done.stderr
    assert "from below" in done.stderr


def test_the_forkserver_preloads_the_handler_of_every_task() -> None:
    assert {handler_module(task) for task in Task} <= set(PRELOADED)


def test_the_forkserver_preloads_what_a_training_needs(tmp_path: Path) -> None:
    """A module first imported by a child is imported again by every child, and torch's take a second."""
    spec = write_json(tmp_path / "spec.json", make_spec("tabular_classification", {"name": "mlp"}))
    data = small_table(tmp_path / "data")
    code = (
        "import sys\n"
        "from importlib import import_module\n"
        "from trainyard_engine.cli.forkserver import PRELOADED\n"
        "for name in PRELOADED: import_module(name)\n"
        "before = set(sys.modules)\n"
        "from trainyard_engine.cli import run\n"
        f"run(['train', '--spec', {str(spec)!r}, '--data', {str(data)!r}, '--out', {str(tmp_path / 'out')!r}])\n"
        "sys.stderr.write('\\n'.join(sorted(set(sys.modules) - before)))\n"
    )
    done = python("-c", code)
    assert json.loads(done.stdout.splitlines()[-1])["type"] == "result"
    imported = done.stderr.splitlines()
    assert [name for name in imported if name.startswith(("torch.", "trainyard", "numpy", "pydantic"))] in (
        [],
        ["torch.profiler._cupti_monitor"],  # a few lines, imported at the first step
    )


def test_compiling_needs_no_torch() -> None:
    done = python("-c", "import sys, trainyard_engine.cli.compile; sys.exit('torch' in sys.modules)")
    assert done.returncode == 0, done.stderr
