"""``evaluate``: a finished model's test metrics, on the test rows that its own spec sets apart in the data.

With ``--out`` what it answers to each of them too, in the same file that ``train`` leaves beside a model.
"""

import argparse
from pathlib import Path

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.cli.options import add_compute_options
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.messages import Messages, claim_stdout
from trainyard_engine.core.model_directory import load_model, read_manifest
from trainyard_engine.core.prediction_file import PredictionFile
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.engine_protocol import TEST_PREDICTIONS_FILE, Evaluated, ExitStatus


def run(arguments: list[str]) -> int:
    """Prints ``Evaluated`` or ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine evaluate", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="directory of a finished model")
    parser.add_argument("--data", type=Path, required=True, help="the compiled dataset it was trained on")
    parser.add_argument("--out", type=Path, help=f"directory for {TEST_PREDICTIONS_FILE} (default: it is not written)")
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    return reporting_failures(messages, lambda: _evaluate(options, messages))


def _evaluate(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    model = load_model(options.model, options.device, threads=options.threads)
    dataset = open_dataset(options.data)
    if dataset.sha256 != read_manifest(options.model).dataset_sha256:
        raise invalid_input("The model was not trained on these data.", code="other_dataset", field="data")
    kind, spec = handler_for(model.config.spec.task), model.config.spec
    prepared = kind.prepare(dataset, spec, preprocessing=model.preprocessing)
    source, rows = prepared.open_source(model.compute.device), prepared.split.test
    if options.out is None:
        metrics, report = evaluate_finally(model, source, rows)
        messages.send(Evaluated(rows=len(rows), test_metrics=metrics, class_report=report))
        return ExitStatus.SUCCEEDED
    options.out.mkdir(parents=True, exist_ok=True)
    with PredictionFile(options.out / TEST_PREDICTIONS_FILE, kind.places(dataset, spec), rows) as told:
        metrics, report = evaluate_finally(model, source, rows, record=told.record)
        files = (told.finish(),)
    messages.send(Evaluated(rows=len(rows), test_metrics=metrics, class_report=report, files=files))
    return ExitStatus.SUCCEEDED
