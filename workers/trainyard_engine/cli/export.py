"""``export``: a finished language model, translator or encoder of embeddings, as ``transformers`` reads it by itself.

Adapters are added into the weights; those of a language model in the layout of ``peft`` lie beside it already.
"""

import argparse
from pathlib import Path

from trainyard_engine.cli.failures import reporting_failures
from trainyard_engine.core.messages import claim_stdout
from trainyard_engine.core.model_directory import load_model, read_model
from trainyard_engine.generation.export import export_merged
from trainyard_engine.generation.imported_adapters import whole_model
from trainyard_engine.tasks.sentence_embedding.export import export_encoder
from trainyard_engine.tasks.translation.export import export_translator
from trainyard_spec.engine_protocol import ExitStatus
from trainyard_spec.tasks import Task

EXPORTS = {Task.SENTENCE_EMBEDDING: export_encoder, Task.TRANSLATION: export_translator}
"""Of networks that have all of their weights themselves."""


def run(arguments: list[str]) -> int:
    """Writes the directory, or prints ``Failed``."""
    parser = argparse.ArgumentParser(prog="trainyard_engine export", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--model",
        type=Path,
        required=True,
        help="directory of a finished language model, translator, or encoder of embeddings",
    )
    parser.add_argument("--out", type=Path, required=True, help="directory for weights, tokenizer and configuration")
    options = parser.parse_args(arguments)

    def export() -> ExitStatus:
        with whole_model(options.model) as directory:
            stored = read_model(directory)
            if (write := EXPORTS.get(stored.config.spec.task)) is not None:
                write(load_model(directory, "cpu", threads=1), options.out)
            else:
                export_merged(stored, options.out)
        return ExitStatus.SUCCEEDED

    return reporting_failures(claim_stdout(), export)
