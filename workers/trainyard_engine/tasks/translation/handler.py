"""Texts with their translations."""

from dataclasses import replace
from typing import Any

import torch

from trainyard_engine.core.coverage import with_augments
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import tokenizer_of
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.inputs import encode_texts
from trainyard_engine.modalities.text.input_warnings import note_unknown_words
from trainyard_engine.modalities.text.parallel_corpus import (
    CoveredPairEncoder,
    PairSource,
    TranslationEncoder,
    fit_on_pairs,
    pair_coverage,
    tokenize_pairs,
)
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.shared.text_baselines import TranslationContest
from trainyard_engine.tasks.translation.predict import Translating, texts_in, translate
from trainyard_engine.tasks.translation.registered import registered_translator, require_special_ids, with_languages
from trainyard_engine.tasks.translation.requests import translation_request
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import TrainingSpec


class Translation(RowHandler):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split = split_examples(dataset, spec.split)
        known = preprocessing or (start.preprocessing if start else None)
        known = known or _fit(dataset, split.train, spec)
        tokenizer, special = known.writers_tokenizer, known.special_ids
        tokens, longest = tokenize_pairs(dataset, tokenizer, special), tokenizer.max_length
        if preprocessing is None:
            preprocessing = replace(known, statistics=Statistics(), coverage=None)
            if known.base is None:  # What a pretrained network has read and written before knows no bounds.
                found = with_augments(pair_coverage(tokens, split.train, tokenizer), spec.training.augment)
                preprocessing = replace(preprocessing, coverage=start.covered(found) if start else found)
        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: PairSource(tokens, longest, device, special),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TranslationEncoder:
        if config.coverage is None:
            return TranslationEncoder(preprocessing.writers_tokenizer)
        return CoveredPairEncoder(preprocessing.writers_tokenizer, config.coverage, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Translating:
        padding = preprocessing.special_ids.padding
        return Translating(config.spec, preprocessing.writers_tokenizer, padding=padding)

    def contest(self, tested: Tested) -> TranslationContest:
        return TranslationContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        requests = [translation_request(value, index) for index, value in enumerate(inputs)]
        texts = [request.text for request in requests]
        padding = model.preprocessing.special_ids.padding
        ids = encode_texts(texts, model.preprocessing.writers_tokenizer, padding=padding)
        note_unknown_words(texts, model.preprocessing.writers_tokenizer, model.config.coverage, notes)
        return [{"text": text} for text in translate(model, texts_in(torch.from_numpy(ids), padding), requests)]


def _fit(dataset: Dataset, train: Rows, spec: TrainingSpec) -> Preprocessing:
    """With a tokenizer that is learnt of the rows ``train``, or the registered network's own."""
    text = spec.training.text or TextConfig()
    if not isinstance(spec.architecture, PretrainedConfig):
        return Preprocessing(Statistics(), fit_on_pairs(dataset, train, text))
    base = registered_translator(spec.architecture)
    tokenizer = tokenizer_of(base, name=spec.architecture.model, max_length=text.max_length)
    base, tokenizer = with_languages(base, tokenizer, spec.architecture)
    require_special_ids(base, tokenizer, name=spec.architecture.model)
    return Preprocessing(Statistics(), tokenizer, base=base)


HANDLER = Translation()
