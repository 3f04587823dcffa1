"""Tokens that carry meaning for a model, and the answer to a text that has none of them."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.modalities.text.tokenizer import Reader


def known_tokens(tokenizer: Reader, coverage: Coverage | None) -> npt.NDArray[np.bool_]:
    """bool (vocabulary,): those that training met and that stand for what is written; without ``coverage`` all."""
    known = np.ones(tokenizer.vocabulary, dtype=np.bool_)
    if coverage:
        known[[*tokenizer.special, *coverage.unmet_tokens]] = False
    return known


class TokenShares:
    """How often training wrote each token: what is said of the next one where nothing is known of those before.

    Each counts once more than it was met, so that none costs infinitely much (Laplace's rule of succession).
    """

    def __init__(self, coverage: Coverage, device: torch.device) -> None:
        counts = torch.tensor(coverage.token_counts, dtype=torch.float64, device=device) + 1
        self._logits = (counts / counts.sum()).log()

    def written_into(self, outputs: Tensor, nothing_known: Tensor) -> Tensor:
        """``outputs`` (…, vocabulary), others at the places of ``nothing_known``, bool (…)."""
        if nothing_known.any():
            outputs[nothing_known] = self._logits.to(outputs.dtype)
        return outputs
