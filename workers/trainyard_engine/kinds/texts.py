"""Texts in classes."""

from typing import Any

import torch

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.encoding import TextEncoder
from trainyard_engine.data.split import split_examples
from trainyard_engine.data.statistics import Statistics
from trainyard_engine.data.texts import TextSource, fit_tokenizer, tokenize
from trainyard_engine.inputs import encode_texts
from trainyard_engine.kinds.kind import Fitted, Prepared
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.prediction import class_answers, outputs_of
from trainyard_engine.training.classification import Classification
from trainyard_spec.texts import TextSpec
from trainyard_spec.training import TrainingSpec


class Texts:
    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        split = split_examples(dataset, spec.split)
        tokenizer = fitted.tokenizer if fitted else None
        if tokenizer is None:
            tokenizer = fit_tokenizer(dataset, split.train, spec.training.text or TextSpec())
        known = tokenizer
        return Prepared(
            split=split,
            fitted=Fitted(Statistics(), known),
            open_source=lambda device: TextSource(dataset, tokenize(dataset, known), device),
        )

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> TextEncoder:
        return TextEncoder(fitted.known_tokenizer)

    def objective(self, config: ModelConfig, fitted: Fitted) -> Classification:
        return Classification(config.spec, config.classes, config.class_weights)

    def predict(self, model: LoadedModel, inputs: list[Any]) -> list[dict[str, Any]]:
        raw = (encode_texts(inputs, model.fitted.known_tokenizer),)
        return class_answers(model, outputs_of(model, raw))


KIND = Texts()
