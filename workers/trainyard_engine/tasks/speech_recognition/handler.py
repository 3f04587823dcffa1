"""Recordings with transcripts: what was said."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from trainyard_engine.core.ctc_heads import take_over_characters
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.core.provenance import places_of
from trainyard_engine.modalities.audio.dataset import frames_of
from trainyard_engine.modalities.audio.encode import LogMel
from trainyard_engine.modalities.audio.inputs import encode_recordings
from trainyard_engine.modalities.audio.waveform import WaveProcessor
from trainyard_engine.models.pretrained.recordings import PretrainedRecordings
from trainyard_engine.tasks.audio_classification.handler import HANDLER as RECORDINGS
from trainyard_engine.tasks.audio_classification.handler import (
    audio_spec,
    most_samples,
    recording_profile,
)
from trainyard_engine.tasks.handler import Encoder, Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.shared.text_baselines import TranscriptContest
from trainyard_engine.tasks.speech_recognition.objective import Transcription
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.architectures.speech_rnn import SpeechRnnConfig
from trainyard_spec.training import TrainingSpec


class SpeechRecognition(RowHandler):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        prepared = RECORDINGS.prepare(dataset, spec, preprocessing=preprocessing, start=start)
        base = prepared.preprocessing.base
        _require_frames(dataset, spec, base)
        if base is None or start:
            return prepared
        alphabet = recording_profile(dataset.compiled.profile).alphabet

        def warm_start(network: nn.Module) -> None:
            assert isinstance(network, PretrainedRecordings)  # noqa: S101  what the base makes
            take_over_characters(network.head, base, alphabet)

        return replace(prepared, warm_start=warm_start)

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> Encoder:
        return RECORDINGS.encoder(config, preprocessing, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Transcription:
        return Transcription(recording_profile(config.profile).alphabet)

    def contest(self, tested: Tested) -> TranscriptContest:
        return TranscriptContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        assert isinstance(model.objective, Transcription)  # noqa: S101  as made above
        profile = recording_profile(model.config.profile)
        most = most_samples(model.config.spec, profile)
        raw = encode_recordings(inputs, profile, most_samples=most, notes=notes)
        return [{"text": text} for text in model.objective.texts(outputs_of(model, raw))]


def _frames_left(dataset: Dataset, spec: TrainingSpec, base: PretrainedBackbone | None) -> npt.NDArray[np.int64]:
    """How many frames the network tells of each recording, int64 (rows,)."""
    profile = recording_profile(dataset.compiled.profile)
    longest = most_samples(spec, profile)
    if base:
        heard = np.minimum(np.diff(dataset.features["audio_offsets"]), longest)
        frames: npt.NDArray[np.int64] = WaveProcessor.of(base.processor, base.config).frames(heard)
        return frames
    assert isinstance(spec.architecture, SpeechRnnConfig)  # noqa: S101  the only other that serves the task
    log_mel = LogMel(audio_spec(spec), profile.sample_rate, torch.device("cpu"))
    return -(-frames_of(dataset, log_mel, longest=longest) // spec.architecture.subsampling)


def _require_frames(dataset: Dataset, spec: TrainingSpec, base: PretrainedBackbone | None) -> None:
    """Raises ``EngineFault`` for the first recording whose transcript no path through its frames can spell.

    Every character takes a frame, and between two alike stands a blank.
    """
    left = _frames_left(dataset, spec, base)
    labels, offsets = np.asarray(dataset.features["transcript"]), np.asarray(dataset.features["transcript_offsets"])
    is_twin = np.concatenate(([0], labels[1:] == labels[:-1], [0])).cumsum()
    needed = np.diff(offsets) + is_twin[offsets[1:] - 1] - is_twin[offsets[:-1]]
    for row in np.flatnonzero(needed > left)[:1].tolist():
        told = {name: values[0] for name, values in places_of(dataset)(np.array([row])).items()}
        recording = told.get("file", f"row {told['row']}")
        raise invalid_input(
            f"The transcript of {recording} takes {needed[row]} frames, and its recording gives {left[row]}.",
            code="transcript_too_long",
            hint="Correct the transcript, or raise audio.max_seconds."
            if base
            else "Correct the transcript, lower architecture.subsampling or audio.hop_ms, or raise audio.max_seconds.",
            field="training.audio",
        )


HANDLER = SpeechRecognition()
