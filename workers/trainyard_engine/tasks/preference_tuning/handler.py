"""Preference tuning: a language model learns which of two answers, or whether one, is what people want."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.split import Rows, Split, split_examples
from trainyard_engine.modalities.text.chat_template import ChatTokenizer, EncodedChat
from trainyard_engine.modalities.text.conversations import Conversation
from trainyard_engine.modalities.text.dataset import texts_of
from trainyard_engine.modalities.text.token_examples import (
    IGNORED,
    Rowed,
    TokenExamples,
    TokenSource,
    require_parts,
    token_examples,
)
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.instruction_tuning.questions import answers_to
from trainyard_engine.tasks.preference_tuning.objective import PreferenceContest, Preferences, preferences
from trainyard_engine.tasks.shared.language_models import (
    TokenEncoder,
    base_of,
    chat_tokenizer,
    longest_of,
    rows_of,
    token_remarks,
)
from trainyard_engine.tasks.shared.token_costs import TOKENS_AT_ONCE
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.datasets import ConversationProfile
from trainyard_spec.resolution import preference_loss, tuning_of
from trainyard_spec.training import TrainingSpec


@dataclass(frozen=True, slots=True)
class Answers:
    """``examples`` holds the ``each`` answers of a row one after the other; ``target`` is 1 but of undesirable ones.

    ``others``, of rated answers, holds what each row asks with the answer of the row before it.
    """

    examples: TokenExamples
    each: int
    target: npt.NDArray[np.int64]
    others: TokenExamples | None = None


class AnswerSource:
    """Batches of answers: the arrays of a ``TokenSource``, each (batch, answers, tokens), and targets (batch,)."""

    def __init__(self, answers: Answers, device: torch.device) -> None:
        self._answers = answers
        self._tokens = TokenSource(Rowed(answers.examples, ()), device)
        self._others = TokenSource(Rowed(answers.others, ()), device) if answers.others else None
        self._device = device

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        each = self._answers.each
        numbers = (rows[:, None] * each + np.arange(each)).ravel()
        others = self._others.batches(rows, size=size, first=first) if self._others else None
        for number, batch in enumerate(self._tokens.batches(numbers, size=size * each, first=first), start=first):
            raw = tuple(tensor.reshape(-1, each, tensor.shape[1]) for tensor in batch.raw)
            if others is not None:
                raw = tuple(map(_beside, raw, next(others).raw, FILLED_WITH))
            target = self._answers.target[rows[number * size : (number + 1) * size]]
            yield Batch(raw=raw, target=torch.from_numpy(target).to(self._device))


FILLED_WITH = (0, 0, IGNORED)
"""Behind the end of ids, segments and targets."""


def _beside(own: Tensor, others: Tensor, value: int) -> Tensor:
    """(rows, 2, tokens) of ``own`` (rows, 1, tokens) and ``others`` (rows, tokens), the shorter filled up."""
    longest = max(own.shape[2], others.shape[1])
    parts = (own[:, 0], others)
    filled = [functional.pad(part, (0, longest - part.shape[1]), value=value) for part in parts]
    return torch.stack(filled, dim=1)


class PreferenceTuning(RowHandler):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split, preprocessing = split_examples(dataset, spec.split), preprocessing or base_of(spec, start)
        longest = longest_of(preprocessing)
        answers = _answers(dataset, spec, chat_tokenizer(preprocessing), longest)
        empty: npt.NDArray[np.bool_] = answers.examples.empty.reshape(-1, answers.each).max(axis=1)
        parts = [rows[~empty[rows]] for rows in (split.train, split.val, split.test)]
        require_parts(parts, max_length=longest)
        return PreparedData(
            split=Split(*parts),
            preprocessing=preprocessing,
            open_source=lambda device: AnswerSource(answers, device),
            remarks=token_remarks(answers.examples, thing="answers", max_length=longest),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TokenEncoder:
        has_reference = _loss(config) != "orpo"
        return TokenEncoder(longest_of(preprocessing), compares=True, has_reference=has_reference)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Preferences:
        rows = max(1, TOKENS_AT_ONCE // (2 * longest_of(preprocessing)))
        return preferences(_loss(config), tuning_of(config.spec).beta, evaluation_rows=rows)

    def contest(self, tested: Tested) -> PreferenceContest:
        return PreferenceContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        return answers_to(model, inputs)


def _loss(config: ModelConfig) -> str:
    assert isinstance(config.profile, ConversationProfile)  # noqa: S101  as the task has no other data
    return preference_loss(config.spec, config.profile)


def _answers(dataset: Dataset, spec: TrainingSpec, chat: ChatTokenizer, longest: int) -> Answers:
    profile = dataset.compiled.profile
    assert isinstance(profile, ConversationProfile)  # noqa: S101  as the task has no other data
    desirable: list[bool] = []
    examples = token_examples(_encoded(dataset, chat, desirable), max_length=longest)
    target = np.array(desirable, dtype=np.int64)
    if preference_loss(spec, profile) != "kto":
        return Answers(examples, 2 if profile.has_pairs else 1, target)
    return Answers(examples, 1, target, token_examples(_with_others(dataset, chat), max_length=longest))


def _with_others(dataset: Dataset, chat: ChatTokenizer) -> Iterator[EncodedChat]:
    """What each row asks, with the answer of the row before it; the first has the last one's."""
    rows = rows_of(dataset)
    ((last,),) = texts_of(dataset, rows[-1:])
    other = Conversation.from_json(last).answer
    for batch in texts_of(dataset, rows):
        for conversation in map(Conversation.from_json, batch):
            yield chat.encode_answer(conversation, other)
            other = conversation.answer


def _encoded(dataset: Dataset, chat: ChatTokenizer, desirable: list[bool]) -> Iterator[EncodedChat]:
    for batch in texts_of(dataset, rows_of(dataset)):
        for conversation in map(Conversation.from_json, batch):
            desirable.append(conversation.is_desirable is not False)
            for answer in _of(conversation):
                yield chat.encode_answer(conversation, answer)


def _of(conversation: Conversation) -> Sequence[Sequence[dict[str, Any]]]:
    if conversation.answer:
        return (conversation.answer,)
    if not conversation.chosen:
        raise invalid_input("A row of the data has no answers to prefer.", code="invalid_dataset")
    return (conversation.chosen, conversation.rejected)


HANDLER = PreferenceTuning()
