"""English character by character: a small GPT, beside how frequent characters and pairs of them are."""

from pathlib import Path

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import SEEDS, SPLIT, Compared, trained
from tests.support.baselines import TokenPairs
from tests.support.languages import descriptions


def run(directory: Path) -> list[ResultRow]:
    data = descriptions(directory)
    ours = trained(
        "language_modelling",
        {"name": "gpt", "d_model": 64, "num_heads": 2, "num_layers": 2},
        data,
        directory / "out",
        epochs=40,
        batch_size=16,
        optimizer={"name": "adamw", "lr": 0.005},
        schedule={"name": "cosine", "warmup_steps": 10},
        regularization={"dropout": 0.2},
        text={"tokenizer": "characters", "max_length": 64},
    )
    pairs = TokenPairs.of(data, directory / "out" / str(SEEDS[0]), SPLIT)
    return [
        Compared(
            task="language modelling",
            data="descriptions",
            metric="perplexity",
            baseline=Figure("unigrams", pairs.perplexity_by_frequencies()),
            references=(Figure("bigrams (Witten–Bell)", pairs.perplexity_by_last()),),
        ).row("gpt", ours)
    ]
