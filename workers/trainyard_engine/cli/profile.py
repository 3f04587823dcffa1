"""``profile``: measures for a few seconds how fast the spec trains on a compiled dataset, and keeps nothing."""

import argparse

from trainyard_engine.cli.trainings import add_training_options, run_group
from trainyard_engine.core.profiling import profile


def run(arguments: list[str]) -> int:
    """Standard output is ``PROFILE_MESSAGE`` lines of ``trainyard_spec.engine_protocol``; the last one counts."""
    parser = argparse.ArgumentParser(prog="trainyard_engine profile", description=__doc__)
    add_training_options(parser, out="directory for files that nobody needs afterwards")
    parser.add_argument("--seconds", type=float, default=5.0, help="of training steps (default: 5)")
    return run_group(
        parser,
        arguments,
        lambda request, options, messages, group, stop: profile(
            request, messages, group, seconds=options.seconds, should_stop=stop
        ),
    )
