"""The CTC objective (Graves et al. 2006), and word and character error rates."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.audio.dataset import ROWS_AT_ONCE
from trainyard_engine.tasks.speech_recognition.metrics import edit_distance
from trainyard_spec.datasets import BLANK


class Transcription:
    """Connectionist temporal classification (Graves et al., ICML 2006) over logits (batch, frames, outputs).

    Output 0 is the blank, output i the character ``alphabet[i - 1]``; targets are such numbers int32 (batch, longest),
    zeros behind each end. Frames behind a recording's end are certain blanks, and so change no loss and no transcript.
    """

    def __init__(self, alphabet: Sequence[str]) -> None:
        self._alphabet = tuple(alphabet)
        self.outputs = len(alphabet) + 1
        self.evaluation_rows = ROWS_AT_ONCE

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over recordings of -ln p(transcript) per character."""
        return WeightedSum(self.losses(outputs, target).sum(), self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The recordings."""
        return len(target)

    def losses(self, outputs: Tensor, target: Tensor) -> Tensor:
        """-ln p(transcript) per character, (batch,)."""
        # On the CPU: the gradient of torch's kernel for CUDA adds up in any order, so no run would repeat its bits.
        logarithms = outputs.log_softmax(dim=2).transpose(0, 1).cpu()
        numbers = target.cpu()
        characters = (numbers != BLANK).sum(dim=1)
        frames = torch.full((len(numbers),), len(logarithms))
        found = functional.ctc_loss(logarithms, numbers, frames, characters, blank=BLANK, reduction="none")
        return (found / characters).to(outputs.device)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """None: transcripts are compared after an epoch."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "TranscriptionEvaluation":
        return TranscriptionEvaluation(self, record)

    def texts(self, outputs: Tensor) -> list[str]:
        """The best character of each frame, repetitions and then blanks left out (Graves et al., section 3.2)."""
        best = outputs.argmax(dim=2)
        is_new = functional.pad(best[:, 1:] != best[:, :-1], (1, 0), value=True)
        kept = best.masked_fill(~is_new, BLANK).cpu()
        return [self.text_of(row) for row in kept]

    def text_of(self, labels: Tensor) -> str:
        """The characters of numbers (places,), blanks left out."""
        return "".join(self._alphabet[number - 1] for number in labels[labels != BLANK].tolist())


class TranscriptionEvaluation:
    """Adds up losses and errors; keeps no outputs."""

    def __init__(self, objective: Transcription, record: Record | None = None) -> None:
        self._objective = objective
        self._record = record
        self._loss = 0.0
        self._rows = self._characters = self._words = self._character_errors = self._word_errors = 0

    def add(self, model: LoadedModel, batch: Batch) -> None:
        outputs = model.outputs(batch.raw)
        with torch.inference_mode():
            losses = self._objective.losses(outputs.double(), batch.target)
        self._loss += losses.sum().item()
        found = self._objective.texts(outputs)
        truth = [self._objective.text_of(row) for row in batch.target.cpu()]
        if self._record:
            self._record(len(found), {"truth": truth, "prediction": found, "loss": losses.tolist()})
        for text, said in zip(found, truth, strict=True):
            self._characters += len(said)
            self._words += len(said.split())
            self._character_errors += edit_distance(text, said)
            self._word_errors += edit_distance(text.split(), said.split())
        self._rows += len(found)

    def result(self) -> tuple[dict[str, float], None]:
        """``loss`` per character; ``wer`` and ``cer``: errors, per word or character that was said."""
        return {
            "loss": self._loss / self._rows,
            "wer": self._word_errors / self._words,
            "cer": self._character_errors / self._characters,
        }, None
