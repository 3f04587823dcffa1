"""``predict``: a finished model's answers to a file of inputs, as one line of JSON."""

import argparse
import json
from pathlib import Path
from typing import Any

from trainyard_engine.commands.failures import reporting_failures
from trainyard_engine.commands.options import add_compute_options
from trainyard_engine.faults import invalid_input
from trainyard_engine.messages import Messages, claim_stdout
from trainyard_engine.model_directory import load_model
from trainyard_engine.prediction import predict
from trainyard_spec.engine_protocol import ExitStatus, Predictions


def run(arguments: list[str]) -> int:
    """Prints ``Predictions`` or ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine predict", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="directory of a finished model")
    parser.add_argument("--inputs", type=Path, required=True, help='JSON file: {"inputs": [...]}')
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    return reporting_failures(messages, lambda: _predict(options, messages))


def _predict(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    model = load_model(options.model, options.device, threads=options.threads)
    messages.send(Predictions(predictions=tuple(predict(model, read_inputs(options.inputs)))))
    return ExitStatus.SUCCEEDED


def read_inputs(path: Path) -> list[Any]:
    """Raises ``EngineFault`` unless the file holds a list of inputs."""
    try:
        inputs = json.loads(path.read_bytes())["inputs"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise invalid_input(f'{path} is not a JSON object with "inputs".', code="invalid_input") from error
    if not isinstance(inputs, list):
        raise invalid_input("inputs is not a list.", code="invalid_input", field="inputs")
    return inputs
