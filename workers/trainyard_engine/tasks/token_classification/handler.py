"""Token classification: a tag for each word of a text, or for each letter of a sequence."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import padding_of, registered, tokenizer_of
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.encode import TagTextEncoder, TextEncoder
from trainyard_engine.modalities.text.tagged import (
    TagSource,
    fit_on_words,
    lay_out,
    room_of,
    tag_coverage,
    tokenize_words,
    windows_remark,
)
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.token_classification.baselines import TagContest
from trainyard_engine.tasks.token_classification.objective import Tagging
from trainyard_engine.tasks.token_classification.predict import answer_to, note_unknown, text_to_tag
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import TrainingSpec


class TokenClassification(RowHandler):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split = split_examples(dataset, spec.split)
        is_new = preprocessing is None
        if preprocessing is None:
            preprocessing = replace(start.preprocessing, coverage=None) if start else _fit(dataset, split.train, spec)
        tokenizer = preprocessing.writers_tokenizer
        room_of(tokenizer)
        tokens = tokenize_words(dataset, tokenizer)
        if is_new:
            found = tag_coverage(dataset, tokens, split.train, tokenizer, knows=preprocessing.base is not None)
            preprocessing = replace(preprocessing, coverage=start.covered(found) if start else found)
        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: TagSource(dataset, tokens, device),
            remarks=windows_remark(tokens, tokenizer),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TextEncoder:
        if config.coverage is None:
            return TextEncoder(preprocessing.known_tokenizer)
        return TagTextEncoder(preprocessing.known_tokenizer, config.coverage, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Tagging:
        return Tagging(config.spec, config.classes, _profile(config))

    def contest(self, tested: Tested) -> TagContest:
        return TagContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        objective, tokenizer = model.objective, model.preprocessing.writers_tokenizer
        assert isinstance(objective, Tagging)  # noqa: S101  as made above
        asked = [text_to_tag(value, index, _profile(model.config)) for index, value in enumerate(inputs)]
        note_unknown(asked, tokenizer, model.config.coverage, notes)
        lengths = np.array([len(text.spans) for text in asked])
        tokens = lay_out(tokenizer, [word for text in asked for word in text.words], lengths)
        outputs = outputs_of(model, (padded(tokens.ids, tokens.offsets[:-1], tokens.lengths),))
        row = np.repeat(np.arange(len(asked)), lengths)
        logits = outputs[torch.from_numpy(row), torch.from_numpy(tokens.at - tokens.offsets[row])]
        shares, found = logits.double().softmax(dim=1).max(dim=1)
        ends = np.cumsum(lengths)[:-1]
        told = zip(np.split(found.cpu().numpy(), ends), np.split(shares.cpu().numpy(), ends), strict=True)
        return [
            answer_to(text, objective.tags, tags, scores.tolist())
            for text, (tags, scores) in zip(asked, told, strict=True)
        ]


def _fit(dataset: Dataset, train: Rows, spec: TrainingSpec) -> Preprocessing:
    text = spec.training.text or TextConfig()
    if isinstance(spec.architecture, PretrainedConfig):
        base = registered(spec.architecture.model, spec.task)
        tokenizer = tokenizer_of(
            base, name=spec.architecture.model, max_length=text.max_length, padding=padding_of(base.config)
        )
        return Preprocessing(Statistics(), tokenizer, base=base)
    return Preprocessing(Statistics(), fit_on_words(dataset, train, text))


def _profile(config: ModelConfig) -> TokenProfile:
    assert isinstance(config.profile, TokenProfile)  # noqa: S101  as the task says
    return config.profile


HANDLER = TokenClassification()
