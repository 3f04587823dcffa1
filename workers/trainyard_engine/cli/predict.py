"""``predict``: a finished model's answers to a file of inputs, as one line of JSON.

With ``--requests`` instead of ``--inputs`` the model stays in memory and answers one request after the other, each a
line of JSON like that file, until the pipe ends.
"""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.cli.options import add_compute_options
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.messages import Messages, claim_stdout
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_spec.engine_protocol import ExitStatus, Predictions
from trainyard_spec.json_objects import with_distinct_keys


def run(arguments: list[str]) -> int:
    """Prints ``Predictions`` or ``Failed``, one for each request."""
    parser = argparse.ArgumentParser(prog="trainyard_engine predict", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="directory of a finished model")
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--inputs", type=Path, help='JSON file: {"inputs": [...]}')
    asked.add_argument("--requests", type=Path, help="named pipe of such objects, one a line")
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    command = _predict if options.requests is None else _serve
    return reporting_failures(messages, lambda: command(options, messages))


def _predict(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    model = load_model(options.model, options.device, threads=options.threads)
    return _answer(model, read_inputs(options.inputs), messages)


def _serve(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    model = load_model(options.model, options.device, threads=options.threads)
    with options.requests.open("rb") as requests:
        for request in requests:
            status = reporting_failures(messages, partial(_answer_line, model, request, messages))
            if status not in (ExitStatus.SUCCEEDED, ExitStatus.INVALID_INPUT):
                return status  # nobody knows what of the model is left in memory
    return ExitStatus.SUCCEEDED


def _answer_line(model: LoadedModel, request: bytes, messages: Messages) -> ExitStatus:
    return _answer(model, inputs_in(request, "the request"), messages)


def _answer(model: LoadedModel, inputs: list[Any], messages: Messages) -> ExitStatus:
    messages.send(Predictions(predictions=tuple(predict(model, inputs))))
    return ExitStatus.SUCCEEDED


def read_inputs(path: Path) -> list[Any]:
    """Raises ``EngineFault`` unless the file holds a list of inputs."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise invalid_input(f"{path} cannot be read.", code="invalid_input") from error
    return inputs_in(content, str(path))


def inputs_in(content: bytes, where: str) -> list[Any]:
    """Raises ``EngineFault`` unless ``content``, found at ``where``, is an object with a list of inputs."""
    try:
        inputs = json.loads(content, object_pairs_hook=with_distinct_keys)["inputs"]
    except (ValueError, KeyError, TypeError) as error:
        why = f" ({error})" if isinstance(error, ValueError) else ""
        raise invalid_input(f'{where} is not a JSON object with "inputs"{why}.', code="invalid_input") from error
    if not isinstance(inputs, list):
        raise invalid_input("inputs is not a list.", code="invalid_input", field="inputs")
    return inputs
