"""Fine-tuning of short conversations beside TRL's ``SFTTrainer``, packed and not: ``make bench-trl``.

Runs in an environment of its own, which has TRL over the project's.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.engine.rounds import compare
from benchmarks.language.workloads import WORKLOADS, conversations, tokens_per_row
from benchmarks.report_page import machine, markdown
from tests.support.tiny_language_model import register_language_model
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE

ROUNDS, SECONDS, HIDDEN = int(os.environ.get("BENCH_ROUNDS", "5")), 8.0, 128
AIMS = {"trl, packed": "1.0 or more", "trl, unpacked": "1.5 or more"}
COLUMNS = ("measured", "engine, tokens/s", "SFTTrainer, tokens/s", "ratio", "by processor time", "aim")


def main() -> None:
    """Prints one table, of tokens without padding."""
    rows = []
    with tempfile.TemporaryDirectory() as text:
        directory = Path(text)
        os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
        os.environ[MODELS_VARIABLE] = str(register_language_model(directory / "models", hidden=HIDDEN))
        data = conversations(directory / "conversations")
        for method, workload in WORKLOADS.items():
            tokens = tokens_per_row(workload, data, threads=1)
            names = ("engine", *AIMS)
            found = compare(
                method, data, names, threads=1, rounds=ROUNDS, seconds=SECONDS, module="benchmarks.language.worker"
            )
            rows += [
                [
                    f"SFT, {method}, beside {name.replace('trl', 'TRL')}",
                    *(f"{found.rate(each) * tokens:,.0f}" for each in ("engine", name)),
                    f"{found.ratio(name):.2f}",
                    f"{found.cpu_ratio(name):.2f}",
                    aim,
                ]
                for name, aim in AIMS.items()
                if name not in found.failed
            ]
    print(f"Medians of {ROUNDS} rounds by turns; {machine()}.\n")
    print(markdown(COLUMNS, rows))


if __name__ == "__main__":
    main()
