"""Images: what each row is, whatever is predicted of it."""

from typing import Any

import torch

from trainyard_common.counting import counted
from trainyard_engine.core.batches import BatchSource
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone, registered, unusable
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.core.statistics import image_statistics
from trainyard_engine.modalities.encode import ImageEncoder
from trainyard_engine.modalities.image.processor import ImageProcessor, ProcessedImageEncoder
from trainyard_engine.modalities.inputs import encode_images
from trainyard_engine.tasks.handler import Encoder, Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.shared.row_targets import RowTargets, with_row_target
from trainyard_spec.architectures.pretrained import PretrainedConfig
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
            preprocessing = _measured(dataset, split.train, spec, start)
        return PreparedData(
            split=split, preprocessing=preprocessing, open_source=lambda device: BatchSource(dataset, device)
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> Encoder:
        if preprocessing.base:
            return ProcessedImageEncoder(processor_of(preprocessing.base), config.statistics, device)
        return ImageEncoder(_profile(config), config.statistics, device)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        raw = (encode_images(inputs, _profile(model.config)),)
        return self.answers(model, outputs_of(model, raw))


def _measured(dataset: Dataset, train: Rows, spec: TrainingSpec, start: Inheritance | None) -> Preprocessing:
    """What is measured on the rows ``train``; a pretrained network says itself how it wants images. Raises
    ``EngineFault`` where it cannot have them so."""
    base = start.preprocessing.base if start else None
    if isinstance(spec.architecture, PretrainedConfig):
        base = base or registered(spec.architecture.model, spec.task)
        statistics = _followed(base, spec.architecture.model, dataset).statistics
    else:
        statistics = image_statistics(dataset.features["images"], train, spec.training.preprocess)
    statistics = with_row_target(statistics, dataset, train)
    return Preprocessing(start.scaled(statistics) if start else statistics, base=base)


def _followed(base: PretrainedBackbone, name: str, dataset: Dataset) -> ImageProcessor:
    try:
        processor = processor_of(base)
    except ValueError as error:
        raise unusable(name, str(error)) from error
    channels = dataset.features["images"].shape[1]
    if channels not in (1, processor.channels):
        raise invalid_input(
            f"The pretrained model {name} reads images of {counted(processor.channels, 'channel')}, and the data have"
            f" {channels}.",
            code="unusable_model",
            hint="Name a model for images like these.",
            field="architecture.model",
        )
    return processor


def processor_of(base: PretrainedBackbone) -> ImageProcessor:
    """How the network of ``base`` wants images. Raises ``ValueError`` where that cannot be followed."""
    return ImageProcessor.of(base.processor, base.config)


def _profile(config: ModelConfig) -> ImageProfile:
    assert isinstance(config.profile, ImageProfile)  # noqa: S101  as the task says
    return config.profile
