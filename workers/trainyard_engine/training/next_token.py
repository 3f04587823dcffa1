"""What a model that writes texts minimizes, and how it is judged: the next token, place by place."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.data.batches import Batch
from trainyard_engine.data.tokenizer import PADDING, TextTokenizer
from trainyard_engine.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.model import LoadedModel
from trainyard_engine.training.class_metrics import NUMBERS_AT_ONCE
from trainyard_engine.training.weighted_sum import WeightedSum
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec

LOGITS_AT_ONCE = 1 << 24
"""Numbers a network gives in an evaluation or a prediction before they are used: 64 MiB of float32."""


class NextToken:
    """Cross-entropy over ``outputs`` logits, float32 (batch, tokens, vocabulary).

    Targets are int64 (batch, tokens); padding among them is not judged.
    """

    def __init__(self, spec: TrainingSpec, tokenizer: TextTokenizer) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self.outputs = tokenizer.vocabulary
        self.evaluation_rows = min(max(LOGITS_AT_ONCE // (tokenizer.max_length * self.outputs), 1), EVALUATION_ROWS)

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over tokens, labels smoothed."""
        total = functional.cross_entropy(
            outputs.flatten(0, 1),
            target.flatten(),
            ignore_index=PADDING,
            label_smoothing=self._smoothing,
            reduction="sum",
        )
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> Tensor:
        """The tokens that are no padding."""
        return (target != PADDING).sum()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy`` over the tokens that are no padding."""
        judged = target != PADDING
        return {"accuracy": WeightedSum(((outputs.argmax(dim=2) == target) & judged).sum(), judged.sum())}

    def evaluation(self, *, final: bool) -> "TokenEvaluation":
        return TokenEvaluation()


class TokenEvaluation:
    """Adds up what each batch's tokens cost; keeps no outputs."""

    def __init__(self) -> None:
        self._nats: float | Tensor = 0.0
        self._right: int | Tensor = 0
        self._tokens: int | Tensor = 0

    def add(self, model: LoadedModel, batch: Batch) -> None:
        outputs, target = model.outputs(batch.raw).flatten(0, 1), batch.target.flatten()
        judged = target != PADDING
        at_once = max(1, NUMBERS_AT_ONCE // outputs.shape[1])
        for logits, tokens in zip(torch.split(outputs, at_once), torch.split(target, at_once), strict=True):
            losses = functional.cross_entropy(logits.double(), tokens, ignore_index=PADDING, reduction="sum")
            self._nats = self._nats + losses
        self._right = self._right + ((outputs.argmax(dim=1) == target) & judged).sum()
        self._tokens = self._tokens + judged.sum()

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
        """Of all tokens together."""
        return float(self._nats)


class SpelledTokens(NextToken):
    """Of texts that are judged by their characters too; ``characters`` are those that begin in each token."""

    def __init__(self, spec: TrainingSpec, tokenizer: TextTokenizer) -> None:
        super().__init__(spec, tokenizer)
        self._characters = torch.from_numpy(tokenizer.characters)

    def evaluation(self, *, final: bool) -> TokenEvaluation:
        return SpelledEvaluation(self._characters)


class SpelledEvaluation(TokenEvaluation):
    """Counts characters too, so that models with other tokens can be compared."""

    def __init__(self, characters: Tensor) -> None:
        super().__init__()
        self._characters_of = characters
        self._characters: int | Tensor = 0

    def add(self, model: LoadedModel, batch: Batch) -> None:
        super().add(model, batch)
        self._characters = self._characters + self._characters_of.to(batch.target.device)[batch.target].sum()

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """With ``bits_per_character``: ends of texts cost bits and are no characters."""
        metrics, report = super().result()
        return metrics | {"bits_per_character": self.nats / math.log(2) / max(int(self._characters), 1)}, report
