"""The end of a training: the model and its result on disk, and finding them again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError

from trainyard_engine.core.atomic_io import DamagedFile, check_files, write_described
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.evaluation import Metrics, evaluate_finally
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.loop import Training
from trainyard_engine.core.model_card import card_of
from trainyard_engine.core.model_directory import Lineage, ModelManifest, contiguous_weights, read_manifest, write_model
from trainyard_engine.core.prediction_file import LARGEST, PredictionFile
from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock, require_finite_loss
from trainyard_engine.generation.export import exported_beside
from trainyard_engine.models import parameters_of
from trainyard_engine.models.causal_lm import CausalLm
from trainyard_engine.models.pretrained import Pretrained
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.translation.export import translator_beside
from trainyard_engine.tasks.verdict.contest import Contest, Tested
from trainyard_engine.tasks.verdict.judging import verdict_on
from trainyard_engine.tasks.verdict.signs import training_signs
from trainyard_spec.engine_protocol import (
    MODEL_CARD_FILE,
    RESULT_FILE,
    TEST_PREDICTIONS_FILE,
    WEIGHTS_FILE,
    ClassReport,
    Result,
)
from trainyard_spec.files import FileEntry
from trainyard_spec.timings import TrainingTimings
from trainyard_spec.verdicts import Verdict


def finish(
    training: Training,
    dataset: Dataset,
    out: Path,
    *,
    telemetry: Telemetry,
    clock: TrainedTimeClock,
    lineage: Lineage | None = None,
    judges: bool = True,
) -> Result:
    """Tests the final weights, the only time the test rows are read, and writes model and result durably.

    ``lineage`` is what the training started from, if it was a model; only what ``judges`` has a verdict.

    Raises ``EngineFault`` if the test loss is not finite and ``OSError`` if the disk refuses.
    """
    timings, began = telemetry.stopwatch.timings(), clock.seconds()
    training.use_final_weights()
    model = training.model
    parameters = parameters_of(model.network)
    if isinstance(model.network, Pretrained):
        model.network.merge()
    test = _judged(training, dataset, out, telemetry=telemetry, clock=clock, judges=judges)
    if isinstance(model.network, CausalLm):
        # Not before the tests: these compare answers with what the network gives without its adapters.
        model.network.merge_into_own_base()
    manifest = _manifest(training, dataset, parameters=parameters, verdict=test.verdict, lineage=lineage)
    files = write_model(out, model, weights=contiguous_weights(model.network), manifest=manifest)
    files = (*files, *exported_beside(model, out), *translator_beside(model, out), test.predictions)
    card = card_of(manifest, split=training.split, test_metrics=test.metrics)
    trained_seconds = clock.seconds()
    files = (*files, write_described(out / MODEL_CARD_FILE, card.encode()))
    timings = timings and timings.model_copy(update={"finish_seconds": max(clock.seconds() - began, 0.0)})
    rate = telemetry.samples_per_second()
    result = _result(
        training, test, parameters=parameters, rate=rate, seconds=trained_seconds, files=files, timings=timings
    )
    _write_result(out, result)
    return result


def _write_result(out: Path, result: Result) -> None:
    """The message as it is, its step and test metrics also by the names that the file's own readers know."""
    written = {"metrics": result.test_metrics, "steps": result.step, **result.model_dump(mode="json")}
    write_described(out / RESULT_FILE, json.dumps(written, indent=2).encode())


@dataclass(frozen=True, slots=True)
class _Test:
    """What the test rows tell of a model; ``predictions`` is the file of what is answered to each."""

    metrics: Metrics
    class_report: ClassReport | None
    predictions: FileEntry
    verdict: Verdict | None


def _result(
    training: Training,
    test: _Test,
    *,
    parameters: int,
    rate: float | None,
    seconds: float,
    files: tuple[FileEntry, ...],
    timings: TrainingTimings | None,
) -> Result:
    return Result(
        step=training.step,
        epoch=training.epoch,
        test_metrics=test.metrics,
        class_report=test.class_report,
        verdict=test.verdict,
        val_metrics=training.val_metrics,
        parameters=parameters,
        samples_per_second=rate,
        weights_sha256=next(entry.sha256 for entry in files if entry.name == WEIGHTS_FILE),
        trained_seconds=seconds,
        files=files,
        early_stopped=training.step < training.plan.total_steps,
        timings=timings,
    )


def _judged(
    training: Training, dataset: Dataset, out: Path, *, telemetry: Telemetry, clock: TrainedTimeClock, judges: bool
) -> _Test:
    """Raises what ``finish`` raises."""
    model = training.model
    contest = handler_for(model.config.spec.task).contest(Tested(model, dataset, training.split, training.source))
    metrics, class_report, predictions = _tested(training, dataset, out, telemetry, contest)
    verdict = _free_verdict(contest, training, clock) if judges else None
    return _Test(metrics, class_report, predictions, verdict)


def _tested(
    training: Training, dataset: Dataset, out: Path, telemetry: Telemetry, contest: Contest
) -> tuple[Metrics, ClassReport | None, FileEntry]:
    """Answers the test rows, and writes what is answered to each. Raises what ``finish`` raises."""
    spec, examples = training.model.config.spec, training.split.test
    places = handler_for(spec.task).places(dataset, spec)

    def record(count: int, told: Columns) -> None:
        predictions.record(count, told)
        contest.record(count, told)

    with PredictionFile(out / TEST_PREDICTIONS_FILE, places, examples) as predictions:
        metrics, report = evaluate_finally(
            training.model,
            training.source,
            examples,
            progressed=lambda: telemetry.evaluating(training.step),
            record=record,
        )
        require_finite_loss(metrics["loss"], step=training.step)
        if not predictions.is_whole:
            telemetry.warn(f"{TEST_PREDICTIONS_FILE} would pass {LARGEST:,} bytes and holds the first test rows.")
        return metrics, report, predictions.finish()


def _free_verdict(contest: Contest, training: Training, clock: TrainedTimeClock) -> Verdict | None:
    """What baselines take is not billed: the clock is put back."""
    seconds = clock.seconds()
    verdict = verdict_on(contest, signs=training_signs(training))
    clock.rewind(seconds)
    return verdict


def _manifest(
    training: Training, dataset: Dataset, *, parameters: int, verdict: Verdict | None, lineage: Lineage | None
) -> ModelManifest:
    """All but the files."""
    model = training.model
    return ModelManifest(
        files=(),
        parameters=parameters,
        torch=torch.__version__,
        device=model.compute.device.type,
        precision=model.compute.precision,
        threads=training.threads,
        deterministic=torch.are_deterministic_algorithms_enabled(),
        dataset_sha256=dataset.sha256,
        training=training.name,
        spec=model.config.spec,
        resolved=training.resolved,
        verdict=verdict,
        init_from=lineage,
    )


def find_result(out: Path, *, name: str, warn: Callable[[str], None]) -> Result | None:
    """The result in ``out`` if this training has finished there and its model is whole.

    Raises ``EngineFault`` if another training has.
    """
    if not (out / RESULT_FILE).exists():
        return None
    try:
        result = Result.model_validate_json((out / RESULT_FILE).read_bytes())
        manifest = read_manifest(out)
        check_files(out, result.files)
    except (OSError, ValidationError, DamagedFile) as error:
        warn(f"The finished model is damaged ({error}); it is made again.")
        return None
    require_same_training(manifest.training, name, out)
    return result


def require_same_training(found: str, name: str, out: Path) -> None:
    """Raises ``EngineFault`` unless what lies in ``out`` belongs to the training ``name``."""
    if found != name:
        raise invalid_input(
            f"{out} holds another training: its spec or its data differ from these.",
            code="other_training",
            hint="Choose an empty output directory.",
        )
