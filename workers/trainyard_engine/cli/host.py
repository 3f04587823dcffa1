"""``host``: a base model in memory, and training runs and samples on it: one request after the other.

Requests (``trainyard_spec.training_sessions.HostRequest``) come through a named pipe, one a line, until it ends.
"""

import argparse
import copy
import os
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from trainyard_engine.adapters.host import TrainingHost, unknown_base
from trainyard_engine.adapters.network import AdaptedNetwork
from trainyard_engine.adapters.sampler import Sampler
from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.cli.options import add_compute_options
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.messages import Messages, claim_stdout
from trainyard_engine.core.precision import DeviceName, choose_compute, make_deterministic
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE
from trainyard_engine.generation.opening import load_causal_lm, load_tokenizer
from trainyard_engine.generation.transformers_engine import TransformersEngine
from trainyard_spec.engine_protocol import ExitStatus
from trainyard_spec.training_sessions import Done, HostRequest


def run(arguments: list[str]) -> int:
    """Prints ``Done`` once the model is loaded, and ``Done`` or ``Failed`` for each request."""
    parser = argparse.ArgumentParser(prog="trainyard_engine host", description=__doc__)
    parser.add_argument("--base", required=True, help="name of a registered model")
    parser.add_argument("--requests", type=Path, required=True, help="named pipe of requests, one a line")
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()
    return reporting_failures(messages, lambda: _serve(options, messages))


def open_host(directory: Path, *, device: DeviceName, threads: int) -> TrainingHost:
    """A host on the base model in ``directory``. Raises ``EngineFault`` where that is no causal language model."""
    compute = choose_compute(device, "auto")
    make_deterministic(compute.device, threads=threads)
    network = load_causal_lm(directory).to(compute.device)
    network.requires_grad_(False)
    # Two structures over one set of weights: adapters that train and adapters that sample never meet.
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    sampler = Sampler(TransformersEngine(copy.deepcopy(network, shared), load_tokenizer(directory)))
    return TrainingHost(AdaptedNetwork(network), sampler, base_model=directory.name)


def _serve(options: argparse.Namespace, messages: Messages) -> ExitStatus:
    directory = Path(os.environ.get(MODELS_VARIABLE) or os.devnull) / options.base
    if not (directory / "config.json").is_file():
        raise unknown_base(options.base)
    host = open_host(directory, device=options.device, threads=options.threads)
    messages.send(Done())
    with options.requests.open("rb") as requests:
        for line in requests:
            status = reporting_failures(messages, partial(_answer, host, line, messages))
            if status not in (ExitStatus.SUCCEEDED, ExitStatus.INVALID_INPUT):
                return status  # nobody knows what of the runs is left in memory
    return ExitStatus.SUCCEEDED


def _answer(host: TrainingHost, line: bytes, messages: Messages) -> ExitStatus:
    try:
        request = HostRequest.model_validate_json(line)
    except ValidationError as error:
        raise invalid_input(f"The request cannot be read: {error}", code="invalid_input") from error
    messages.send(host.answer(request))
    return ExitStatus.SUCCEEDED
