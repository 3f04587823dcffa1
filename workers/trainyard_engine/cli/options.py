"""Options that several commands share."""

import argparse

from trainyard_engine.core.precision import available_threads


def add_compute_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``--threads``, by default every CPU this process may use, and ``--device``."""
    parser.add_argument("--threads", type=_positive, default=available_threads(), help="CPU threads (default: all)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
