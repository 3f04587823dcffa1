"""Recordings in classes."""

from typing import Any

import torch

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import class_answers, outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.audio.dataset import ROWS_AT_ONCE, RecordingSource, frame_statistics
from trainyard_engine.modalities.audio.encode import FrameEncoder, LogMel
from trainyard_engine.modalities.audio.inputs import encode_recordings
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.shared.class_baselines import ClassContest
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.audio import AudioConfig
from trainyard_spec.datasets import AnyProfile, RecordingProfile
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
            log_mel = LogMel(audio_spec(spec), profile.sample_rate, torch.device("cpu"))
            statistics = frame_statistics(dataset, split.train, log_mel, longest=longest)
            preprocessing = Preprocessing(start.scaled(statistics) if start else statistics)
        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: RecordingSource(dataset, device, longest=longest),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> FrameEncoder:
        rate = recording_profile(config.profile).sample_rate
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
