"""``profile``: measures for a few seconds how fast the spec trains on a compiled dataset, and keeps nothing."""

import argparse
from pathlib import Path

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.cli.options import add_compute_options
from trainyard_engine.cli.train import StopRequest, read_spec
from trainyard_engine.core.messages import claim_stdout
from trainyard_engine.core.profiling import profile
from trainyard_engine.core.session import Request
from trainyard_engine.distributed.process_group import joined_group
from trainyard_spec.engine_protocol import ExitStatus


def run(arguments: list[str]) -> int:
    """Standard output is ``PROFILE_MESSAGE`` lines of ``trainyard_spec.engine_protocol``; the last one counts."""
    stop = StopRequest()
    stop.listen()
    parser = argparse.ArgumentParser(prog="trainyard_engine profile", description=__doc__)
    parser.add_argument("--spec", type=Path, required=True, help="TrainingSpec as a JSON file")
    parser.add_argument("--data", type=Path, required=True, help="directory of a compiled dataset")
    parser.add_argument("--out", type=Path, required=True, help="directory for files that nobody needs afterwards")
    parser.add_argument("--seconds", type=float, default=5.0, help="of training steps (default: 5)")
    parser.add_argument("--init-from", type=Path, help="directory of the model that the spec's init_from names")
    add_compute_options(parser)
    options = parser.parse_args(arguments)
    messages = claim_stdout()

    def work() -> ExitStatus:
        request = Request(
            spec=read_spec(options.spec),
            data=options.data,
            out=options.out,
            threads=options.threads,
            device=options.device,
            init_from=options.init_from,
        )
        slots = request.spec.resources.slots
        with joined_group(slots, device=request.device, out=request.out, messages=messages) as group:
            return profile(request, messages, group, seconds=options.seconds, should_stop=stop)

    return reporting_failures(messages, work)
