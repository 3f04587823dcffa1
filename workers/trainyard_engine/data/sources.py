"""Where batches come from, by what the data are."""

import torch

from trainyard_engine.data.batches import BatchSource
from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.texts import TextSource, tokenize
from trainyard_engine.data.tokenizer import TextTokenizer

Source = BatchSource | TextSource


def source_of(dataset: Dataset, tokenizer: TextTokenizer | None, device: torch.device) -> Source:
    """Batches of ``dataset`` on ``device``; of texts, the tokens of ``tokenizer``, which only they have."""
    if tokenizer is None:
        return BatchSource(dataset, device)
    return TextSource(dataset, tokenize(dataset, tokenizer), device)
