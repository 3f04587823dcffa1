"""Documents, to learn from how texts go on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from pydantic import Field, ValidationError
from torch import Tensor

from trainyard_engine.core.coverage import with_augments
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.provenance import Places
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import split_examples
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.encode import StreamEncoder, TextEncoder
from trainyard_engine.modalities.inputs import bad_input, check_unicode
from trainyard_engine.modalities.text.generation import Generation, generate, never_generated
from trainyard_engine.modalities.text.input_warnings import note_unknown_words
from trainyard_engine.modalities.text.streams import BlockSource, blocks_of, fit_on_documents, stream_coverage
from trainyard_engine.modalities.text.tokenizer import END, TextTokenizer
from trainyard_engine.tasks.handler import PreparedData, Preprocessing
from trainyard_engine.tasks.language_modelling.objective import NextToken, SpelledTokens
from trainyard_engine.tasks.shared.text_baselines import TokenContest
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.base import ContractModel
from trainyard_spec.splits import Seed
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import TrainingSpec


class Beginning(ContractModel):
    """What a text begins with, and how to go on: see ``Generation``. An empty text asks for the beginning too."""

    text: str
    max_tokens: int = Field(default=64, ge=1, le=1_024)
    temperature: float = Field(default=0.0, ge=0, le=100)
    seed: Seed = 0


class LanguageModelling:
    def prepare(
        self, dataset: Dataset, spec: TrainingSpec, *, preprocessing: Preprocessing | None = None
    ) -> PreparedData:
        documents = split_examples(dataset, spec.split)
        tokenizer = preprocessing.writers_tokenizer if preprocessing else None
        if tokenizer is None:
            tokenizer = fit_on_documents(dataset, documents.train, spec.training.text or TextConfig())
        blocks = blocks_of(dataset, tokenizer, documents)
        if preprocessing is None:
            coverage = with_augments(stream_coverage(blocks, tokenizer.vocabulary), spec.training.augment)
            preprocessing = Preprocessing(Statistics(), tokenizer, coverage=coverage)
        return PreparedData(
            split=blocks.split, preprocessing=preprocessing, open_source=lambda device: BlockSource(blocks, device)
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """Documents flow into one another: a block of their tokens, by its number, is of no one row."""
        return lambda blocks: {"block": (blocks + 1).tolist()}

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TextEncoder:
        if config.coverage is None:
            return TextEncoder(preprocessing.writers_tokenizer)
        return StreamEncoder(preprocessing.writers_tokenizer, config.coverage, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> NextToken:
        text = config.spec.training.text
        objective = NextToken if text and text.tokenizer == "words" else SpelledTokens
        return objective(config.spec, preprocessing.writers_tokenizer)

    def contest(self, tested: Tested) -> TokenContest:
        return TokenContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        tokenizer, coverage, longest = model.preprocessing.writers_tokenizer, model.config.coverage, _looks_back(model)
        asked = [beginning(value, index) for index, value in enumerate(inputs)]
        generations = [_generation(each, tokenizer) for each in asked]
        note_unknown_words([each.text for each in asked], tokenizer, coverage, notes, last=longest)
        at_once, never = model.objective.evaluation_rows, never_generated(coverage)
        for begin in range(0, len(generations), at_once):
            generate(generations[begin : begin + at_once], lambda _, texts: _next_logits(model, texts), never=never)
        return [{"text": tokenizer.decode(generation.generated)} for generation in generations]


def beginning(value: Any, index: int) -> Beginning:
    """Raises ``EngineFault`` unless ``value`` is a text or an object of the fields of ``Beginning``."""
    try:
        found = Beginning.model_validate({"text": value} if isinstance(value, str) else value)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else None
        what = f"has a {name} that does not fit" if name else "is neither a text nor an object with one"
        raise bad_input(index, f"{what}: {first['msg'].lower()}", column=name) from error
    check_unicode(found.text, index)
    return found


def _generation(asked: Beginning, tokenizer: TextTokenizer) -> Generation:
    given = [END]
    if asked.text:
        given += tokenizer.encode([asked.text], whole=True)[0].tolist()
    return Generation(given, asked.max_tokens, asked.temperature, asked.seed)


def _looks_back(model: LoadedModel) -> int:
    """On so many tokens: on no more than training did, for a place further on is untrained."""
    longest, coverage = model.preprocessing.writers_tokenizer.max_length, model.config.coverage
    return min(coverage.longest, longest) if coverage else longest


def _next_logits(model: LoadedModel, texts: Sequence[Sequence[int]]) -> Tensor:
    """Float32 (texts, vocabulary), after the tokens that the network can look back on."""
    seen = [text[-_looks_back(model) :] for text in texts]
    lengths = np.array([len(tokens) for tokens in seen])
    ids = padded(np.concatenate(seen).astype(np.int32), np.cumsum(lengths) - lengths, lengths)
    outputs = model.outputs((torch.from_numpy(ids).to(model.compute.device),))
    return outputs[torch.arange(len(seen)), torch.from_numpy(lengths - 1)]


HANDLER = LanguageModelling()
