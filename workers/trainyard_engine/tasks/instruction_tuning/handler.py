"""Instruction tuning: a language model learns what the assistant of conversations says (supervised fine-tuning)."""

from collections.abc import Iterator
from typing import Any

import torch

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.text.chat_template import ChatTokenizer, EncodedChat
from trainyard_engine.modalities.text.conversations import Conversation
from trainyard_engine.modalities.text.dataset import texts_of
from trainyard_engine.modalities.text.token_examples import TokenSource, rowed, token_examples
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.instruction_tuning.graded import GradedCosts
from trainyard_engine.tasks.instruction_tuning.questions import answers_to
from trainyard_engine.tasks.shared.language_models import (
    TokenEncoder,
    base_of,
    chat_tokenizer,
    longest_of,
    rows_of,
    token_remarks,
)
from trainyard_engine.tasks.shared.token_costs import AnswerContest
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.resolution import packs, tuning_of
from trainyard_spec.training import TrainingSpec


class InstructionTuning(RowHandler):
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
        examples = token_examples(_encoded(dataset, chat_tokenizer(preprocessing)), max_length=longest)
        rows, parts = rowed(examples, split, pack=packs(spec), max_length=longest)
        return PreparedData(
            split=parts,
            preprocessing=preprocessing,
            open_source=lambda device: TokenSource(rows, device),
            remarks=token_remarks(examples, thing="conversations", max_length=longest),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TokenEncoder:
        return TokenEncoder(longest_of(preprocessing))

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> GradedCosts:
        return GradedCosts(longest_of(preprocessing), tuning_of(config.spec))

    def contest(self, tested: Tested) -> AnswerContest:
        return AnswerContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        return answers_to(model, inputs)


def _encoded(dataset: Dataset, chat: ChatTokenizer) -> Iterator[EncodedChat]:
    for batch in texts_of(dataset, rows_of(dataset)):
        for text in batch:
            yield chat.encode_conversation(Conversation.from_json(text))


HANDLER = InstructionTuning()
