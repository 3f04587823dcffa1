"""Texts: what each row is, whatever is told of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from trainyard_engine.core.coverage import Coverage, text_coverage, tokens_counted
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import padding_of, registered, tokenizer_of
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.encode import ClassTextEncoder, NumberTextEncoder, TextEncoder
from trainyard_engine.modalities.inputs import encode_texts
from trainyard_engine.modalities.text.dataset import TextSource, TokenArrays, fit_tokenizer, tokenize
from trainyard_engine.modalities.text.input_warnings import note_unknown_words
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.shared.row_targets import RowTargets, with_row_target
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import TrainingSpec


class TextRows(RowTargets):
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
            statistics = with_row_target(Statistics(), dataset, split.train)
            if start:
                preprocessing = replace(start.preprocessing, statistics=start.scaled(statistics), coverage=None)
            else:
                preprocessing = replace(fit_texts(dataset, split.train, spec), statistics=statistics)
        tokens = tokenize(dataset, preprocessing.known_tokenizer)
        if is_new:
            coverage: Coverage | None = _coverage(dataset, tokens, split.train, preprocessing)
            preprocessing = replace(preprocessing, coverage=start.covered(coverage) if start else coverage)
        return PreparedData(
            split=split, preprocessing=preprocessing, open_source=lambda device: TextSource(dataset, tokens, device)
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TextEncoder:
        if config.coverage is None:
            return TextEncoder(preprocessing.known_tokenizer)
        kind = ClassTextEncoder if config.spec.task.is_classification else NumberTextEncoder
        return kind(preprocessing.known_tokenizer, config.coverage, device)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        raw = (encode_texts(inputs, model.preprocessing.known_tokenizer),)
        note_unknown_words(inputs, model.preprocessing.known_tokenizer, model.config.coverage, notes)
        return self.answers(model, outputs_of(model, raw))


def fit_texts(dataset: Dataset, train: Rows, spec: TrainingSpec, names: Sequence[str] = ("text",)) -> Preprocessing:
    """The tokenizer of the rows ``train`` of the arrays ``names``, or that of the registered model of ``spec``."""
    text = spec.training.text or TextConfig()
    if isinstance(spec.architecture, PretrainedConfig):
        base = registered(spec.architecture.model, spec.task)
        tokenizer = tokenizer_of(
            base, name=spec.architecture.model, max_length=text.max_length, padding=padding_of(base.config)
        )
        return Preprocessing(Statistics(), tokenizer, base=base)
    return Preprocessing(Statistics(), fit_tokenizer(dataset, train, text, names))


def _coverage(dataset: Dataset, tokens: TokenArrays, train: Rows, preprocessing: Preprocessing) -> Coverage:
    vocabulary = preprocessing.known_tokenizer.vocabulary
    starts = tokens.offsets[train]
    lengths = tokens.offsets[train + 1] - starts
    if preprocessing.base:
        met = np.ones(vocabulary, dtype=np.bool_)  # What it read before knows no bounds.
    else:
        met = tokens_counted(tokens.ids, starts, lengths, vocabulary=vocabulary) > 0
    classes = len(dataset.compiled.classes)
    return text_coverage(met, dataset.target[train], classes=classes, longest=int(lengths.max()))
