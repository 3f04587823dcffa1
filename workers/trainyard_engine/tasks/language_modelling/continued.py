"""Continued pretraining: a registered language model learns from more documents, which do not see one another."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.provenance import Places
from trainyard_engine.core.split import Split, split_examples
from trainyard_engine.modalities.text.chat_template import ChatTokenizer, EncodedChat
from trainyard_engine.modalities.text.dataset import texts_of
from trainyard_engine.modalities.text.token_examples import TokenSource, rowed, token_examples
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.language_modelling.beginnings import beginning
from trainyard_engine.tasks.shared.language_models import (
    TokenEncoder,
    base_of,
    chat_tokenizer,
    generated,
    longest_of,
    rows_of,
    token_remarks,
)
from trainyard_engine.tasks.shared.token_costs import AnswerContest, TokenCosts
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.training import TrainingSpec


class BlockContest(AnswerContest):
    unit = "blocks of text"


class ContinuedPretraining:
    """Examples are documents, or the parts of long ones, an end behind each document."""

    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        documents, preprocessing = split_examples(dataset, spec.split), preprocessing or base_of(spec, start)
        longest = longest_of(preprocessing)
        owners: list[int] = []
        blocks = _blocks(dataset, chat_tokenizer(preprocessing), longest, owners)
        examples = token_examples(blocks, max_length=longest)
        owner = np.array(owners)
        split = Split(
            *(np.flatnonzero(np.isin(owner, part)) for part in (documents.train, documents.val, documents.test))
        )
        rows, parts = rowed(examples, split, pack=True, max_length=longest)
        return PreparedData(
            split=parts,
            preprocessing=preprocessing,
            open_source=lambda device: TokenSource(rows, device),
            remarks=token_remarks(examples, thing="documents and parts of them", max_length=longest),
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """A part of a document, by its number among all, is of no one row."""
        return lambda blocks: {"block": (blocks + 1).tolist()}

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TokenEncoder:
        return TokenEncoder(longest_of(preprocessing))

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> TokenCosts:
        return TokenCosts(longest_of(preprocessing))

    def contest(self, tested: Tested) -> BlockContest:
        return BlockContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        chat = chat_tokenizer(model.preprocessing)
        answers = []
        for asked in [beginning(value, index) for index, value in enumerate(inputs)]:
            prompt = _begun(chat, asked.text)
            (ids,) = generated(
                model,
                [prompt],
                max_new_tokens=asked.max_tokens,
                temperature=asked.temperature,
                seed=asked.seed,
                num_beams=asked.num_beams,
                length_penalty=asked.length_penalty_used,
            )
            answers.append({"text": chat.decode(ids)})
        return answers


def _begun(chat: ChatTokenizer, text: str) -> list[int]:
    """The ids of a text behind what begins one; of nothing, what ends one stands before the next."""
    begin = chat.token_id("bos_token")
    ids = ([] if begin is None else [begin]) + chat.encode_text(text)
    end = chat.token_id("eos_token")
    return ids or [0 if end is None else end]


def _blocks(dataset: Dataset, chat: ChatTokenizer, longest: int, owners: list[int]) -> Iterator[EncodedChat]:
    before, behind = ([] if (token := chat.token_id(name)) is None else [token] for name in ("bos_token", "eos_token"))
    row = 0
    for batch in texts_of(dataset, rows_of(dataset)):
        for text in batch:
            ids = [*before, *chat.encode_text(text), *behind]
            for at in range(0, max(len(ids) - 1, 1), longest):
                block = np.array(ids[at : at + longest], dtype=np.int32)
                owners.append(row)
                yield EncodedChat(block, np.ones(len(block), dtype=np.bool_))
            row += 1
