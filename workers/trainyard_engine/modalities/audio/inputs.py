"""Recordings that a client sends to be predicted, as the arrays a compiled dataset would hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.ragged import padded
from trainyard_engine.modalities.audio.decode import (
    KINDS,
    MOST_SECONDS,
    SUPPORTED,
    UnreadableRecording,
    read_heading,
    to_samples,
)
from trainyard_engine.modalities.inputs import Array, bad_input, content_of
from trainyard_spec.datasets import RecordingProfile
from trainyard_spec.engine_protocol import PredictionWarningCode


def encode_recordings(
    inputs: Sequence[Any], profile: RecordingProfile, *, most_samples: int, notes: Notes | None = None
) -> tuple[Array, Array]:
    """Samples int16 (inputs, longest of them), zeros behind each end, and lengths int64 (inputs,), of base64 texts.

    Reads at most ``most_samples`` of each, and notes which have more. Raises ``EngineFault`` naming the first bad input
    by its index from 0.
    """
    recordings = []
    for index, value in enumerate(inputs):
        samples = _recording(value, index, profile)
        if notes and len(samples) > most_samples:
            lasts, read = (count / profile.sample_rate for count in (len(samples), most_samples))
            message = f"The recording lasts {lasts:,.1f} seconds, of which the first {read:g} are read."
            notes.add(index, PredictionWarningCode.TRUNCATED, message)
        recordings.append(samples[:most_samples])
    lengths = np.array([len(recording) for recording in recordings])
    return padded(np.concatenate(recordings), np.cumsum(lengths) - lengths, lengths), lengths


def _recording(value: Any, index: int, profile: RecordingProfile) -> Array:
    content = content_of(value, index, f"a {KINDS} recording")
    try:
        heading = read_heading(content)
        if not heading.is_supported:
            raise bad_input(index, f"has {heading.channels} channels at {heading.rate:,} Hz, and not {SUPPORTED}")
        if heading.seconds > MOST_SECONDS:
            raise bad_input(index, f"lasts {heading.seconds:,.0f} seconds, more than {MOST_SECONDS}")
        samples = to_samples(content, rate=profile.sample_rate)
    except UnreadableRecording as error:
        raise bad_input(index, f"is not a readable {KINDS} recording: {error}") from error
    if not len(samples):
        raise bad_input(index, "is a recording of nothing")
    return samples
