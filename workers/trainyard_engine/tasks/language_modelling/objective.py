"""The next-token objective (causal language modelling), and perplexity."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.text.tokenizer import PADDING, TextTokenizer
from trainyard_engine.tasks.shared.class_metrics import NUMBERS_AT_ONCE
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec

LOGITS_AT_ONCE = 1 << 24
"""Numbers a network gives in an evaluation or a prediction before they are used: 64 MiB of float32."""


class NextToken:
    """Cross-entropy over ``outputs`` logits, float32 (batch, tokens, vocabulary).

    Targets are int64 (batch, tokens); ``padding`` among them is not judged.
    """

    def __init__(self, spec: TrainingSpec, tokenizer: TextTokenizer, *, padding: int = PADDING) -> None:
        self.padding = padding
        self._smoothing = spec.training.regularization.label_smoothing
        self.outputs = tokenizer.vocabulary
        self.evaluation_rows = min(max(LOGITS_AT_ONCE // (tokenizer.max_length * self.outputs), 1), EVALUATION_ROWS)

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over tokens, labels smoothed."""
        total = functional.cross_entropy(
            outputs.flatten(0, 1),
            target.flatten(),
            ignore_index=self.padding,
            label_smoothing=self._smoothing,
            reduction="sum",
        )
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> Tensor:
        """The tokens that are no padding."""
        return (target != self.padding).sum()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy`` over the tokens that are no padding."""
        judged = target != self.padding
        return {"accuracy": WeightedSum(((outputs.argmax(dim=2) == target) & judged).sum(), judged.sum())}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "TokenEvaluation":
        return TokenEvaluation(record, padding=self.padding)


class TokenEvaluation:
    """Adds up what each batch's tokens cost; keeps no outputs."""

    def __init__(self, record: Record | None = None, *, padding: int = PADDING) -> None:
        self._record = record
        self._padding = padding
        self._nats: float | Tensor = 0.0
        self._right: int | Tensor = 0
        self._tokens: int | Tensor = 0

    def add(self, model: LoadedModel, batch: Batch) -> None:
        costs = self.costs(model, batch)
        if self._record:
            self._record(len(batch.target), {name: values.tolist() for name, values in costs.items()})

    def costs(self, model: LoadedModel, batch: Batch) -> dict[str, Tensor]:
        """Costs of each example, (batch,): what its tokens cost together, how many there are, how many were right."""
        outputs, target = model.outputs(batch.raw).flatten(0, 1), batch.target.flatten()
        at_once = max(1, NUMBERS_AT_ONCE // outputs.shape[1])
        pieces = zip(torch.split(outputs, at_once), torch.split(target, at_once), strict=True)
        losses = [
            functional.cross_entropy(logits.double(), tokens, ignore_index=self._padding, reduction="none")
            for logits, tokens in pieces
        ]
        judged = batch.target != self._padding
        found = {
            "nats": torch.cat(losses).reshape(judged.shape).sum(dim=1),
            "tokens": judged.sum(dim=1),
            "right": ((outputs.argmax(dim=1) == target).reshape(judged.shape) & judged).sum(dim=1),
        }
        self._nats = self._nats + found["nats"].sum()
        self._right = self._right + found["right"].sum()
        self._tokens = self._tokens + found["tokens"].sum()
        return found

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """``loss`` in nats per token, labels not smoothed, ``perplexity``, which is exp(loss), and ``accuracy``."""
        loss = self.nats / int(self._tokens)
        return {
            "loss": loss,
            # Beyond, a float has no number for it.
            "perplexity": math.exp(min(loss, 700.0)),
            "accuracy": int(self._right) / int(self._tokens),
        }, None

    @property
    def nats(self) -> float:
        """Nats of all tokens together."""
        return float(self._nats)


class SpelledTokens(NextToken):
    """Tokens of texts that are judged by their characters too; ``characters`` are those that begin in each token."""

    def __init__(self, spec: TrainingSpec, tokenizer: TextTokenizer) -> None:
        super().__init__(spec, tokenizer)
        self._characters = torch.from_numpy(tokenizer.characters)

    def evaluation(self, *, final: bool, record: Record | None = None) -> TokenEvaluation:
        return SpelledEvaluation(self._characters, record)


class SpelledEvaluation(TokenEvaluation):
    """Counts characters too, so that models with other tokens can be compared."""

    def __init__(self, characters: Tensor, record: Record | None = None) -> None:
        super().__init__(record)
        self._characters_of = characters
        self._characters: int | Tensor = 0

    def costs(self, model: LoadedModel, batch: Batch) -> dict[str, Tensor]:
        characters = self._characters_of.to(batch.target.device)[batch.target].sum(dim=1)
        self._characters = self._characters + characters.sum()
        return super().costs(model, batch) | {"characters": characters}

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """With ``bits_per_character``: ends of texts cost bits and are no characters."""
        metrics, report = super().result()
        return metrics | {"bits_per_character": self.nats / math.log(2) / max(int(self._characters), 1)}, report
