"""On the descriptions that come with scikit-learn's datasets, a language model learns more than how frequent signs are.

Measured over three seeds: perplexity 14.4 to 15.3 of the test part's characters, 29.4 by their frequencies.
"""

from pathlib import Path

from tests.support.baselines import TokenPairs
from tests.support.compiled import make_spec
from tests.support.languages import descriptions
from tests.support.trainings import train_here
from trainyard_spec.splits import SplitConfig

SPLIT = SplitConfig(train=0.7, val=0.1, test=0.2)


def test_it_learns_how_texts_go_on(tmp_path: Path) -> None:
    data = descriptions(tmp_path)
    spec = make_spec(
        "language_modelling",
        {"name": "gpt", "d_model": 64, "num_heads": 2, "num_layers": 1},
        epochs=12,
        optimizer={"name": "adamw", "lr": 0.01},
        schedule={"name": "cosine", "warmup_steps": 10},
        text={"tokenizer": "characters", "max_length": 64},
    )
    result = train_here({**spec, "split": SPLIT.model_dump()}, data, tmp_path / "out")[-1]
    baseline = TokenPairs.of(data, tmp_path / "out", SPLIT).perplexity_by_frequencies()
    assert result["test_metrics"]["perplexity"] < 0.6 * baseline
