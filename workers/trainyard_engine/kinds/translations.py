"""Texts with their translations."""

from typing import Any

import torch

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.split import split_examples
from trainyard_engine.data.statistics import Statistics
from trainyard_engine.data.translations import PairEncoder, PairSource, fit_on_pairs
from trainyard_engine.inputs import encode_texts
from trainyard_engine.kinds.kind import Fitted, Prepared, RowByRow
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.notes import Notes
from trainyard_engine.translating import Translating, texts_in, translate
from trainyard_spec.texts import TextSpec
from trainyard_spec.training import TrainingSpec


class Translations(RowByRow):
    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        split = split_examples(dataset, spec.split)
        if fitted is None:
            fitted = Fitted(Statistics(), fit_on_pairs(dataset, split.train, spec.training.text or TextSpec()))
        known = fitted.known_tokenizer
        return Prepared(split=split, fitted=fitted, open_source=lambda device: PairSource(dataset, known, device))

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> PairEncoder:
        return PairEncoder(fitted.known_tokenizer)

    def objective(self, config: ModelConfig, fitted: Fitted) -> Translating:
        return Translating(config.spec, fitted.known_tokenizer)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        ids = encode_texts(inputs, model.fitted.known_tokenizer)
        return [{"text": text} for text in translate(model, texts_in(torch.from_numpy(ids)))]


KIND = Translations()
