"""A step has one gradient, however its rows are grouped: in parts, over slots, or as memory allows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, distributed

from tests.support.architecture_matrix import DATA, SEVERAL, Several
from tests.support.compiled import make_spec
from tests.support.conversations import rated_answers
from tests.support.paired_texts import topic_pairs
from tests.support.tiny_language_model import registered_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import Metrics
from trainyard_engine.core.precision import choose_compute, make_deterministic
from trainyard_engine.core.preparation import prepare
from trainyard_engine.core.step import Stepper
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.modalities import augment
from trainyard_engine.modalities.image.mixing import Mixing
from trainyard_spec.tasks import Task
from trainyard_spec.validation import parse_training_spec

Options = dict[str, Any]
Step = tuple[dict[str, Tensor], dict[str, float]]
"""The gradient of each weight, and what the step tells."""
TwoSlots = Callable[[Callable[[Group], Step]], Step]
ROWS = 16

LANGUAGE_MODEL = {"name": "causal_lm", "model": "tiny-lm", "method": "full"}
NETWORKS: dict[Task, Options] = {
    Task.IMAGE_CLASSIFICATION: {"name": "cnn", "channels": [3], "hidden": [4]},
    Task.IMAGE_REGRESSION: {"name": "cnn", "channels": [3], "hidden": [4]},
    Task.TEXT_CLASSIFICATION: {"name": "rnn", "embedding": 4, "hidden": 4, "num_layers": 1},
    Task.TEXT_REGRESSION: {"name": "rnn", "embedding": 4, "hidden": 4, "num_layers": 1},
    Task.SENTENCE_EMBEDDING: {"name": "rnn", "embedding": 4, "hidden": 4, "num_layers": 1},
    Task.TOKEN_CLASSIFICATION: {"name": "transformer", "d_model": 8, "num_heads": 2, "num_layers": 1, "d_ff": 8},
    Task.AUDIO_CLASSIFICATION: {"name": "speech_rnn", "hidden": 4, "channels": 3, "num_layers": 1},
    Task.SPEECH_RECOGNITION: {"name": "speech_rnn", "hidden": 4, "channels": 3, "num_layers": 1, "subsampling": 2},
    Task.LANGUAGE_MODELLING: {"name": "gpt", "d_model": 8, "num_heads": 2, "num_layers": 1},
    Task.INSTRUCTION_TUNING: LANGUAGE_MODEL,
    Task.PREFERENCE_TUNING: LANGUAGE_MODEL,
    Task.TRANSLATION: {"name": "seq2seq", "d_model": 8, "num_heads": 2, "num_layers": 1},
    Task.TABULAR_CLASSIFICATION: {"name": "mlp", "hidden": [6]},
    Task.TABULAR_REGRESSION: {"name": "mlp", "hidden": [6]},
    Task.TIME_SERIES_FORECASTING: {"name": "mlp", "hidden": [6]},
    Task.SEQUENCE_CLASSIFICATION: {"name": "rnn", "hidden": 4, "num_layers": 1},
    Task.RECOMMENDATION: {"name": "two_tower", "embedding": 4, "hidden": [4], "factors": 3},
}
SECTIONS: dict[Task, Options] = {
    Task.TEXT_CLASSIFICATION: {"text": {"max_length": 12}},
    Task.TEXT_REGRESSION: {"text": {"max_length": 12}},
    Task.SENTENCE_EMBEDDING: {"text": {"max_length": 12}, "embedding": {"dimensions": 4}},
    Task.TOKEN_CLASSIFICATION: {"text": {"max_length": 5}},
    Task.AUDIO_CLASSIFICATION: {"audio": {"mels": 8, "max_seconds": 0.15}},
    Task.SPEECH_RECOGNITION: {"audio": {"mels": 8, "max_seconds": 0.15}},
    Task.LANGUAGE_MODELLING: {"text": {"vocabulary": 300, "max_length": 20}},
    Task.INSTRUCTION_TUNING: {"tuning": {"max_length": 48}},
    Task.PREFERENCE_TUNING: {"tuning": {"max_length": 48}},
    Task.TRANSLATION: {"text": {"vocabulary": 300, "max_length": 20}},
    Task.TIME_SERIES_FORECASTING: {"series": {"context": 8, "horizon": 3}},
}
WEIGHTS: dict[str, Options] = {
    "even": {},
    "given": {"class_weights": [0.1, 1.0, 10.0], "regularization": {"label_smoothing": 0.1}},
    "balanced": {"balance_classes": True},
}
CASES = [
    (task, loss, weights)
    for task in Task
    for loss in task.traits.losses
    if loss not in ("kto", "cosine_similarity")  # They are of rated answers and of scored pairs: see below.
    for weights in (WEIGHTS if task.is_classification else ["even"])
]


class Steps:
    """The first step of a training, again and again: its rate is 0, and the weights stay as they are."""

    def __init__(self, task: Task, data: Path, **options: Any) -> None:
        dataset, compute = open_dataset(data), choose_compute("cpu", "fp32")
        if weights := options.get("class_weights"):
            options["class_weights"] = weights[-len(dataset.compiled.classes) :]
        spec = parse_training_spec(make_spec(task, NETWORKS[task], **SECTIONS.get(task, {}), **options))
        training = prepare(spec, dataset, compute, name="", threads=1, group=Group(), warn=ignored)
        self._model = training.model
        self._source, self._rows = training.source, training.split.train[: 2 * ROWS]
        self._batch = next(self._source.batches(self._rows, size=ROWS))
        assert len(self._batch.target) == ROWS

    def take(
        self, *, rows: int = ROWS, at_once: int = ROWS, group: Group | None = None, room: int = ROWS, fails: int = 0
    ) -> Step:
        """``room``: the most rows that fit into memory at once; ``fails``: the number of a pass that finds none."""
        network = self._model.network.train()
        encoder = Encoder(self._model.encoder, room=room, fails=fails)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
        limited = replace(self._model, encoder=encoder)
        stepper = Stepper(limited, optimizer, group or Group(), ignored, micro_batch_size=at_once)
        told = stepper.take(next(self._batch.parts(rows)), step=0, lr=0.0)
        gradients = {name: weight.grad for name, weight in network.named_parameters() if weight.grad is not None}
        return gradients, {name: value.item() for name, value in told.items()}

    def evaluated(self, *, at_once: int) -> Metrics:
        evaluation = self._model.objective.evaluation(final=False)
        self._model.network.eval()
        for batch in self._source.batches(self._rows, size=at_once):
            evaluation.add(self._model, batch)
        return evaluation.result()[0]


class Encoder:
    """That of a network on a device with little memory."""

    def __init__(self, encoder: Any, *, room: int, fails: int) -> None:
        self._encoder, self.shape = encoder, encoder.shape
        self._room, self._fails, self._calls = room, fails, 0

    def __call__(self, raw: tuple[Tensor, ...]) -> Any:
        self._calls += 1
        if len(raw[0]) > self._room or self._calls == self._fails:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return self._encoder(raw)


def ignored(_message: str) -> None:
    """Warnings of too little memory are another test's."""


def assert_same(found: Step, expected: Step) -> None:
    """But for the order of float32 sums."""
    assert found[1] == pytest.approx(expected[1], rel=1e-5)
    largest = max(float(gradient.abs().max()) for gradient in expected[0].values())
    assert largest > 0
    for name, gradient in expected[0].items():
        torch.testing.assert_close(found[0][name], gradient, rtol=1e-4, atol=1e-5 * largest, msg=name)


@pytest.fixture(scope="module", autouse=True)
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with registered_here(tmp_path_factory.mktemp("models")):
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Task], Path]:
    written: dict[Task, Path] = {}

    def of(task: Task) -> Path:
        if task not in written:
            written[task] = DATA[task](tmp_path_factory.mktemp("data") / task)
        return written[task]

    return of


@pytest.fixture
def two_slots(monkeypatch: pytest.MonkeyPatch) -> TwoSlots:
    """Runs two processes' steps one after the other; the second one gets the sums of both.

    What they exchange before the gradients, they have of each other the second time.
    """
    sent: list[dict[int, Tensor]] = [{}, {}]
    running: list[int] = []

    def all_reduce(numbers: Tensor, op: object = distributed.ReduceOp.SUM) -> None:
        if op == distributed.ReduceOp.SUM:
            (rank, call) = running
            sent[rank][call] = numbers.clone()
            running[1] += 1
            numbers.copy_(sum((each[call] for each in sent if call in each), torch.zeros_like(numbers)))

    make_deterministic(torch.device("cpu"), threads=1)
    monkeypatch.setattr(distributed, "all_reduce", all_reduce)
    monkeypatch.setattr(distributed, "get_backend", lambda: "gloo")

    def run(step_of: Callable[[Group], Step]) -> Step:
        for each in sent:
            each.clear()
        for rank in (0, 1, 0, 1):
            running[:] = [rank, 0]
            step = step_of(Group(rank=rank, size=2))
            if rank == 1 and len(sent[1]) == 1:
                break
        return step

    return run


@pytest.mark.parametrize(("task", "loss", "weights"), CASES)
def test_parts_slots_and_too_little_memory_give_the_same_step(
    task: Task, loss: str, weights: str, data: Callable[[Task], Path], two_slots: TwoSlots
) -> None:
    steps = Steps(task, data(task), loss=loss, **(WEIGHTS[weights]))
    whole = steps.take()
    assert_same(steps.take(at_once=5), whole)
    assert_same(steps.take(at_once=2), whole)
    assert_same(steps.take(room=5), whole)
    assert_same(steps.take(at_once=8, fails=2), whole)
    assert_same(two_slots(lambda group: steps.take(group=group)), whole)
    assert_same(two_slots(lambda group: steps.take(group=group, room=3)), whole)


def test_rated_answers_have_one_gradient_too(tmp_path: Path, two_slots: TwoSlots) -> None:
    steps = Steps(Task.PREFERENCE_TUNING, rated_answers(tmp_path / "data"), loss="kto")
    whole = steps.take()
    assert_same(steps.take(at_once=5), whole)
    assert_same(two_slots(lambda group: steps.take(group=group)), whole)


@pytest.mark.parametrize(("form", "loss"), [("triplets", "info_nce"), ("scored", "cosine_similarity")])
def test_triplets_and_scored_pairs_have_one_gradient_too(
    form: str, loss: str, tmp_path: Path, two_slots: TwoSlots
) -> None:
    steps = Steps(Task.SENTENCE_EMBEDDING, topic_pairs(tmp_path / "data", form=form), loss=loss)
    whole = steps.take()
    assert_same(steps.take(at_once=5), whole)
    assert_same(steps.take(at_once=8, fails=3), whole)
    assert_same(two_slots(lambda group: steps.take(group=group, room=3)), whole)
    assert steps.evaluated(at_once=1) == pytest.approx(steps.evaluated(at_once=ROWS), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("several", SEVERAL, ids=lambda several: several.name)
def test_several_targets_have_one_gradient_too(several: Several, tmp_path: Path, two_slots: TwoSlots) -> None:
    steps = Steps(several.task, several.write(tmp_path / "data"), loss=several.loss)
    whole = steps.take()
    assert_same(steps.take(at_once=5), whole)
    assert_same(steps.take(room=5), whole)
    assert_same(two_slots(lambda group: steps.take(group=group)), whole)
    assert steps.evaluated(at_once=1) == pytest.approx(steps.evaluated(at_once=ROWS), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("task", [Task.TABULAR_CLASSIFICATION, Task.TRANSLATION, Task.TABULAR_REGRESSION])
def test_a_batch_too_small_to_be_shared_counts_once(
    task: Task, data: Callable[[Task], Path], two_slots: TwoSlots
) -> None:
    steps = Steps(task, data(task), **(WEIGHTS["given"] if task.is_classification else {}))
    whole = steps.take(rows=3)
    assert_same(two_slots(lambda group: steps.take(rows=3, group=group)), whole)
    assert_same(two_slots(lambda group: steps.take(rows=3, at_once=2, group=group)), whole)


def test_mixed_rows_have_one_gradient(data: Callable[[Task], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def with_neighbours(images: Tensor, _spec: Any) -> tuple[Tensor, Mixing]:
        mixing = Mixing(own=torch.tensor(0.3), partners=torch.arange(len(images)) ^ 1)
        return 0.3 * images + 0.7 * images[mixing.partners], mixing

    monkeypatch.setitem(augment.MIXERS, "mixup", with_neighbours)
    task = Task.IMAGE_CLASSIFICATION
    steps = Steps(task, data(task), augment=[{"name": "mixup"}], class_weights=[0.1, 1.0, 10.0])
    whole = steps.take()
    assert_same(steps.take(at_once=8), whole)
    assert_same(steps.take(at_once=2), whole)


@pytest.mark.parametrize("task", Task)
def test_evaluations_do_not_depend_on_how_rows_are_grouped(task: Task, data: Callable[[Task], Path]) -> None:
    steps = Steps(task, data(task))
    one_by_one, together = steps.evaluated(at_once=1), steps.evaluated(at_once=ROWS)
    assert one_by_one == pytest.approx(together, rel=1e-5, abs=1e-9)
