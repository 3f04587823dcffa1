"""``evaluate``: a finished model's test metrics, on the test rows that its own spec sets apart in the data."""

import argparse
from pathlib import Path

from trainyard_engine.commands.failures import reporting_failures
from trainyard_engine.commands.options import add_compute_options
from trainyard_engine.data.dataset import open_dataset
from trainyard_engine.evaluation import evaluate_finally
from trainyard_engine.faults import invalid_input
from trainyard_engine.kinds import kind_of
from trainyard_engine.messages import Messages, claim_stdout
from trainyard_engine.model_directory import load_model, read_manifest
from trainyard_spec.engine_protocol import Evaluated, ExitStatus


def run(arguments: list[str]) -> int:
    """Prints ``Evaluated`` or ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="directory of a finished model")
    parser.add_argument("--data", type=Path, required=True, help="the compiled dataset it was trained on")
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    return reporting_failures(messages, lambda: _evaluate(options, messages))


def _evaluate(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    model = load_model(options.model, options.device, threads=options.threads)
    dataset = open_dataset(options.data)
    if dataset.sha256 != read_manifest(options.model).dataset_sha256:
        raise invalid_input("The model was not trained on these data.", code="other_dataset", field="data")
    prepared = kind_of(model.config.spec.task).prepare(dataset, model.config.spec, fitted=model.fitted)
    source, rows = prepared.open_source(model.compute.device), prepared.split.test
    metrics, report = evaluate_finally(model, source, rows)
    messages.send(Evaluated(rows=len(rows), test_metrics=metrics, class_report=report))
    return ExitStatus.SUCCEEDED
