"""Images: what each row is, whatever is predicted of it."""

from typing import Any

import torch

from trainyard_engine.core.batches import BatchSource
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.split import split_examples
from trainyard_engine.core.statistics import image_statistics
from trainyard_engine.modalities.encode import ImageEncoder
from trainyard_engine.modalities.inputs import encode_images
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.shared.row_targets import RowTargets, with_row_target
from trainyard_spec.datasets import ImageProfile
from trainyard_spec.training import TrainingSpec


class ImageRows(RowTargets):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split = split_examples(dataset, spec.split)
        if preprocessing is None:
            statistics = image_statistics(dataset.features["images"], split.train, spec.training.preprocess)
            statistics = with_row_target(statistics, dataset, split.train)
            preprocessing = Preprocessing(start.scaled(statistics) if start else statistics)
        return PreparedData(
            split=split, preprocessing=preprocessing, open_source=lambda device: BatchSource(dataset, device)
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> ImageEncoder:
        return ImageEncoder(_profile(config), config.statistics, device)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        raw = (encode_images(inputs, _profile(model.config)),)
        return self.answers(model, outputs_of(model, raw))


def _profile(config: ModelConfig) -> ImageProfile:
    assert isinstance(config.profile, ImageProfile)  # noqa: S101  as the task says
    return config.profile
