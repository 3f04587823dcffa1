"""``export``: a finished language model, merged, as ``transformers`` reads it without this engine.

Its adapter in the layout of ``peft`` lies beside it already.
"""

import argparse
from pathlib import Path

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.core.messages import claim_stdout
from trainyard_engine.core.model_directory import read_model
from trainyard_engine.generation.export import export_merged
from trainyard_spec.engine_protocol import ExitStatus


def run(arguments: list[str]) -> int:
    """Writes the directory, or prints ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine export", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="directory of a finished language model")
    parser.add_argument("--out", type=Path, required=True, help="directory for weights, tokenizer and configuration")
    options = parser.parse_args(arguments)

    def export() -> ExitStatus:
        export_merged(read_model(options.model), options.out)
        return ExitStatus.SUCCEEDED

    return reporting_failures(claim_stdout(), export)
