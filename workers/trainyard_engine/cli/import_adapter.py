"""``import``: a LoRA adapter that peft has written, as a model of this engine: to go on from, to ask, to export."""

import argparse
from pathlib import Path

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.core.messages import claim_stdout
from trainyard_engine.generation.imported_adapters import import_adapter
from trainyard_spec.engine_protocol import ExitStatus


def run(arguments: list[str]) -> int:
    """Writes the directory, or prints ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine import", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--adapter", type=Path, required=True, help="directory that peft's save_pretrained has written")
    parser.add_argument("--base", required=True, help="name under which the model is registered that it adapts")
    parser.add_argument("--out", type=Path, required=True, help="directory for the model")
    options = parser.parse_args(arguments)

    def import_it() -> ExitStatus:
        import_adapter(options.adapter, options.out, base=options.base)
        return ExitStatus.SUCCEEDED

    return reporting_failures(claim_stdout(), import_it)
