"""``train``: trains the spec on a compiled dataset, or goes on where an earlier run in the same directory ended."""

import argparse

from trainyard_engine.cli.trainings import add_training_options, run_group
from trainyard_engine.core.session import train


def run(arguments: list[str]) -> int:
    """Standard output is the lines of ``trainyard_spec.engine_protocol``; see there for the exit status."""
    parser = argparse.ArgumentParser(prog="trainyard_engine train", description=__doc__)
    add_training_options(parser, out="directory for checkpoints, model and result")
    return run_group(
        parser,
        arguments,
        lambda request, _, messages, group, stop: train(request, messages, group, should_stop=stop),
    )
