"""``generate``: finished language models' answers, one line of JSON for each request that comes through a pipe.

A request names the model by id and directory; models that share a base share its weights. With ``streams`` the pieces
of the answers are told before, a line each. A line of ``ReaderLeft`` ends the answers to the request it names.
"""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.cli.options import add_compute_options
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.messages import Messages, claim_stdout
from trainyard_engine.generation.answering import ReaderGone, answer, embed, parse_inputs
from trainyard_engine.generation.requests import Requests
from trainyard_engine.generation.served_models import LanguageModels
from trainyard_spec.base import WireModel
from trainyard_spec.engine_protocol import ExitStatus, Predictions
from trainyard_spec.json_objects import with_distinct_keys


class GenerateCall(WireModel):
    """``model`` is the directory of a finished model."""

    request_id: str
    model_id: str
    model: Path
    inputs: tuple[Any, ...]
    streams: bool = False
    wanted: Literal["text", "embedding"] = "text"


def run(arguments: list[str]) -> int:
    """Prints ``PredictionPart`` and ``Predictions``, or ``Failed``, for each request until the pipe ends."""
    parser = argparse.ArgumentParser(prog="trainyard_engine generate", description=__doc__)
    parser.add_argument("--requests", type=Path, required=True, help="named pipe of requests, one a line")
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    return reporting_failures(messages, lambda: _serve(options, messages))


def _serve(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    models = LanguageModels(options.device, threads=options.threads)
    with options.requests.open("rb") as pipe:
        requests = Requests(pipe)
        for line in requests:
            status = reporting_failures(messages, partial(_answer, models, line, messages, requests))
            if status not in (ExitStatus.SUCCEEDED, ExitStatus.INVALID_INPUT):
                return status  # nobody knows what of the models is left in memory
    return ExitStatus.SUCCEEDED


def _answer(models: LanguageModels, line: bytes, messages: Messages, requests: Requests) -> ExitStatus:
    request = _read(line)
    model = models.open(request.model_id, request.model)
    if request.wanted == "embedding":
        answers = embed(model, parse_inputs(request.inputs, chats=False))
    else:
        inputs = parse_inputs(request.inputs, chats=model.chats)
        tell = messages.send if request.streams else None
        try:
            answers = answer(model, inputs, tell, has_left=partial(requests.has_left, request.request_id))
        except ReaderGone as gone:
            messages.send(gone.failed)
            return ExitStatus.SUCCEEDED
    messages.send(Predictions(predictions=tuple(answers)))
    return ExitStatus.SUCCEEDED


def _read(line: bytes) -> GenerateCall:
    try:
        return GenerateCall.model_validate(json.loads(line, object_pairs_hook=with_distinct_keys))
    except (ValueError, ValidationError) as error:
        raise invalid_input(f"The request cannot be read: {error}", code="invalid_input") from error
