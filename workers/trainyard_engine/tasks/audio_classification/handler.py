"""Recordings in classes."""

import math
from typing import Any

import torch

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import class_answers, outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone, registered, unusable
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.audio.dataset import ROWS_AT_ONCE, RecordingSource, frame_statistics
from trainyard_engine.modalities.audio.encode import FrameEncoder, LogMel
from trainyard_engine.modalities.audio.inputs import encode_recordings
from trainyard_engine.modalities.audio.spectrogram import SpectrogramProcessor
from trainyard_engine.modalities.audio.waveform import WaveEncoder, WaveProcessor
from trainyard_engine.tasks.handler import Encoder, Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.shared.class_baselines import ClassContest
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.audio import AudioConfig
from trainyard_spec.datasets import AnyProfile, RecordingProfile
from trainyard_spec.pretrained_models import SPECTROGRAM_FAMILY
from trainyard_spec.training import TrainingSpec


class AudioClassification(RowHandler):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split, profile = split_examples(dataset, spec.split), recording_profile(dataset.compiled.profile)
        longest = most_samples(spec, profile)
        if preprocessing is None:
            preprocessing = _heard(spec, profile, start) or _measured(dataset, split.train, spec, start)
        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: RecordingSource(dataset, device, longest=longest),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> Encoder:
        profile = recording_profile(config.profile)
        rate, most = profile.sample_rate, most_samples(config.spec, profile)
        if preprocessing.base:
            longest = min(most, math.ceil(profile.longest * rate))
            return WaveEncoder(processor_of(preprocessing.base), longest=longest)
        return FrameEncoder(LogMel(audio_spec(config.spec), rate, device), config.statistics, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Classification:
        objective = Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)
        objective.evaluation_rows = ROWS_AT_ONCE
        return objective

    def contest(self, tested: Tested) -> ClassContest:
        return ClassContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        profile = recording_profile(model.config.profile)
        most = most_samples(model.config.spec, profile)
        raw = encode_recordings(inputs, profile, most_samples=most, notes=notes)
        return class_answers(model, outputs_of(model, raw))


def _measured(dataset: Dataset, train: Rows, spec: TrainingSpec, start: Inheritance | None) -> Preprocessing:
    profile = recording_profile(dataset.compiled.profile)
    log_mel = LogMel(audio_spec(spec), profile.sample_rate, torch.device("cpu"))
    statistics = frame_statistics(dataset, train, log_mel, longest=most_samples(spec, profile))
    return Preprocessing(start.scaled(statistics) if start else statistics)


def _heard(spec: TrainingSpec, profile: RecordingProfile, start: Inheritance | None) -> Preprocessing | None:
    """Options of a pretrained network, which states how it hears. Raises ``EngineFault`` where it cannot hear these."""
    if not isinstance(spec.architecture, PretrainedConfig):
        return None
    name, base = spec.architecture.model, start.preprocessing.base if start else None
    base = base or registered(name, spec.task)
    try:
        rate = processor_of(base).sample_rate
    except ValueError as error:
        raise unusable(name, str(error)) from error
    if rate != profile.sample_rate:
        raise invalid_input(
            f"{name} hears {rate:,} samples a second, and the data have {profile.sample_rate:,}.",
            code="sample_rate_mismatch",
            hint=f"Upload them to a dataset with the option sample_rate {rate}.",
            field="architecture.model",
        )
    return Preprocessing(Statistics(), base=base)


def processor_of(base: PretrainedBackbone) -> WaveProcessor | SpectrogramProcessor:
    """How the network of ``base`` hears. Raises ``ValueError`` where that cannot be followed."""
    if SPECTROGRAM_FAMILY.holds(base.config):
        return SpectrogramProcessor.of(base.processor, base.config)
    return WaveProcessor.of(base.processor, base.config)


def recording_profile(profile: AnyProfile) -> RecordingProfile:
    assert isinstance(profile, RecordingProfile)  # noqa: S101  as the task says
    return profile


def audio_spec(spec: TrainingSpec) -> AudioConfig:
    assert spec.training.audio is not None  # noqa: S101  a spec of recordings spells it out
    return spec.training.audio


def most_samples(spec: TrainingSpec, profile: RecordingProfile) -> int:
    """How many samples of a recording are read, from its start."""
    return int(audio_spec(spec).max_seconds * profile.sample_rate)


HANDLER = AudioClassification()
