"""On the descriptions that come with scikit-learn's datasets, a language model learns more than how frequent signs are.

Measured: perplexity 17.6 of the test part's characters, 29.4 by their frequencies.
"""

from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import torch

from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.data.dataset import open_dataset
from trainyard_engine.data.split import split_examples
from trainyard_engine.data.streams import BlockSource, blocks_of
from trainyard_engine.data.tokenizer import PADDING
from trainyard_engine.model_directory import load_model
from trainyard_spec.splits import SplitSpec
from trainyard_spec.tasks import Task

SPLIT = SplitSpec(train=0.7, val=0.1, test=0.2)


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """43 KB of English in one file."""
    texts = [path.read_text() for path in sorted((Path(sklearn.datasets.__file__).parent / "descr").glob("*.rst"))]
    path = tmp_path_factory.mktemp("upload") / "descriptions.txt"
    path.write_text("\n\n".join(texts))
    return path


def perplexity_by_frequencies(data: Path, model: Path) -> float:
    """Of the test part's tokens, by how often each occurs in the training part, 1 added (Laplace)."""
    dataset, tokenizer = open_dataset(data), load_model(model, "cpu", threads=1).fitted.known_tokenizer
    blocks = blocks_of(dataset, tokenizer, split_examples(dataset, SPLIT))
    source = BlockSource(blocks, torch.device("cpu"))

    def tokens(rows: np.ndarray) -> np.ndarray:
        found = np.concatenate([batch.target.flatten() for batch in source.batches(rows, size=1)])
        return found[found != PADDING]

    counts = np.bincount(tokens(blocks.split.train), minlength=tokenizer.vocabulary) + 1
    return float(np.exp(-np.log(counts / counts.sum())[tokens(blocks.split.test)].mean()))


def test_it_learns_how_texts_go_on(upload: Path, tmp_path: Path) -> None:
    accepted(upload, Task.LANGUAGE_MODELLING)
    data = upload.parent / "compiled"
    spec = make_spec(
        "language_modelling",
        {"name": "gpt", "width": 64, "heads": 2, "layers": 1},
        epochs=5,
        optimizer={"name": "adamw", "lr": 0.01},
        schedule={"name": "cosine", "warmup_steps": 10},
        text={"tokenizer": "characters", "max_length": 64},
    )
    result = train_here({**spec, "split": SPLIT.model_dump()}, data, tmp_path / "out")[-1]
    baseline = perplexity_by_frequencies(data, tmp_path / "out")
    assert result["test_metrics"]["perplexity"] < 0.6 * baseline
