"""Images in classes."""

from typing import Any

import torch

from trainyard_engine.data.batches import BatchSource
from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.encoding import ImageEncoder
from trainyard_engine.data.split import split_examples
from trainyard_engine.data.statistics import image_statistics
from trainyard_engine.inputs import encode_images
from trainyard_engine.kinds.kind import Fitted, Prepared, RowByRow
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.notes import Notes
from trainyard_engine.prediction import class_answers, outputs_of
from trainyard_engine.training.classification import Classification
from trainyard_engine.verdicts.classes import ClassContest
from trainyard_engine.verdicts.contest import Tested
from trainyard_spec.datasets import ImageProfile
from trainyard_spec.training import TrainingSpec


class Images(RowByRow):
    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        split = split_examples(dataset, spec.split)
        if fitted is None:
            images = dataset.features["images"]
            fitted = Fitted(image_statistics(images, split.train, spec.training.preprocess))
        return Prepared(split=split, fitted=fitted, open_source=lambda device: BatchSource(dataset, device))

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> ImageEncoder:
        return ImageEncoder(_profile(config), config.statistics, device)

    def objective(self, config: ModelConfig, fitted: Fitted) -> Classification:
        return Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)

    def contest(self, tested: Tested) -> ClassContest:
        return ClassContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        raw = (encode_images(inputs, _profile(model.config)),)
        return class_answers(model, outputs_of(model, raw))


def _profile(config: ModelConfig) -> ImageProfile:
    assert isinstance(config.profile, ImageProfile)  # noqa: S101  as the task says
    return config.profile


KIND = Images()
