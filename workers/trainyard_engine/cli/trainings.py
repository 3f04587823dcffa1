"""Options that ``train`` and ``profile`` share, and a group of processes that stops when it is asked to."""

import argparse
import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.cli.options import add_compute_options
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.messages import Messages, claim_stdout
from trainyard_engine.core.session import TrainingRequest
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.distributed.process_group import joined_group
from trainyard_spec.engine_protocol import ExitStatus
from trainyard_spec.json_objects import with_distinct_keys
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec


class StopRequest:
    """Whether SIGTERM or SIGINT has asked this process to stop."""

    def __init__(self) -> None:
        self._is_asked = False

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def __call__(self) -> bool:
        return self._is_asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True


def add_training_options(parser: argparse.ArgumentParser, *, out: str) -> None:
    """Adds what a ``Request`` is made of; ``out`` says what ``--out`` is for."""
    parser.add_argument("--spec", type=Path, required=True, help="TrainingSpec as a JSON file")
    parser.add_argument("--data", type=Path, required=True, help="directory of a compiled dataset")
    parser.add_argument("--out", type=Path, required=True, help=out)
    parser.add_argument("--init-from", type=Path, help="directory of the model that the spec's init_from names")
    add_compute_options(parser)


def run_group(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str],
    work: Callable[[TrainingRequest, argparse.Namespace, Messages, Group, StopRequest], ExitStatus],
) -> int:
    """The exit status of ``work`` on as many slots as the spec asks for; its messages are standard output."""
    stop = StopRequest()
    stop.listen()
    options = parser.parse_args(arguments)
    messages = claim_stdout()

    def run() -> ExitStatus:
        request = TrainingRequest(
            spec=read_spec(options.spec),
            data=options.data,
            out=options.out,
            threads=options.threads,
            device=options.device,
            init_from=options.init_from,
        )
        slots = request.spec.resources.slots
        with joined_group(slots, device=request.device, out=request.out, messages=messages) as group:
            return work(request, options, messages, group, stop)

    return reporting_failures(messages, run)


def read_spec(path: Path) -> TrainingSpec:
    """Raises ``EngineFault`` unless the file holds a valid TrainingSpec."""
    try:
        return parse_training_spec(json.loads(path.read_bytes(), object_pairs_hook=with_distinct_keys))
    except (OSError, ValueError) as error:
        if not isinstance(error, InvalidSpec):
            raise invalid_input(f"{path} is not a JSON file: {error}", code="invalid_spec") from error
        first = error.problems[0]
        raise invalid_input(first.message, code="invalid_spec", hint=first.hint, field=first.field) from error
