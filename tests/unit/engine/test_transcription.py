"""Speech recognition: its loss against all paths counted one by one, its error rates against torchmetrics."""

from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.support.references import char_error_rate, word_error_rate
from trainyard_engine.core.batches import Batch
from trainyard_engine.tasks.speech_recognition.objective import Transcription

ALPHABET = ("a", "b", " ")


def spelled(path: tuple[int, ...]) -> tuple[int, ...]:
    """What a label for each frame spells: repetitions are one, blanks none (Graves et al., 2006, section 3.1)."""
    return tuple(label for label, _ in groupby(path) if label)


@pytest.mark.parametrize("said", [(1,), (1, 2), (1, 1), (2, 1, 2)])
def test_the_loss_is_the_likelihood_of_all_paths_that_spell_the_transcript(said: tuple[int, ...]) -> None:
    outputs = torch.randn(1, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    probabilities = outputs[0].softmax(dim=1).numpy()
    paths = [path for path in product(range(4), repeat=5) if spelled(path) == said]
    likelihood = sum(np.prod(probabilities[np.arange(5), path]) for path in paths)
    target = torch.tensor([[*said, 0, 0]], dtype=torch.int32)
    found = Transcription(ALPHABET).loss(outputs, target).mean.item()
    assert found == pytest.approx(-np.log(likelihood) / len(said), rel=1e-12)


def test_the_transcript_is_what_the_best_label_of_each_frame_spells() -> None:
    labels = torch.tensor([[0, 1, 1, 0, 1, 3, 2, 2], [2, 2, 2, 2, 2, 2, 2, 2]])
    outputs = torch.nn.functional.one_hot(labels, 4).float()
    expected = ["".join(ALPHABET[label - 1] for label in spelled(tuple(row))) for row in labels.tolist()]
    assert Transcription(ALPHABET).texts(outputs) == expected == ["aa b", "b"]


@dataclass
class Saying:
    """A stand-in for a model that has said ``labels`` (recordings, frames)."""

    labels: Tensor

    def outputs(self, _raw: Any) -> Tensor:
        return 9 * torch.nn.functional.one_hot(self.labels, 4).float()


def test_error_rates_are_those_of_torchmetrics() -> None:
    random = torch.Generator().manual_seed(4)
    labels = torch.randint(0, 4, (12, 30), generator=random)
    target = torch.randint(1, 4, (12, 8), generator=random, dtype=torch.int32)
    target[::2, 5:] = 0
    objective = Transcription(ALPHABET)
    evaluation = objective.evaluation(final=True)
    for part in (slice(0, 5), slice(5, 12)):
        evaluation.add(Saying(labels[part]), Batch(raw=(), target=target[part]))  # type: ignore[arg-type]
    found, _ = evaluation.result()
    texts, said = objective.texts(Saying(labels).outputs(None)), [objective.text_of(row) for row in target]
    assert found["wer"] == pytest.approx(word_error_rate(texts, said).item())
    assert found["cer"] == pytest.approx(char_error_rate(texts, said).item())
