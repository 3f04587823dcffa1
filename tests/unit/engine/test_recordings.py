"""Recordings on their way to a network: batches, statistics, trainings that resume, predictions."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec, small_recordings, stored_recordings, write_recordings
from tests.support.speech import recording_bytes, tone
from tests.support.trainings import train_here
from trainyard_engine.core import ragged
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.audio.dataset import RecordingSource, frame_statistics
from trainyard_engine.modalities.audio.encode import Frames, LogMel
from trainyard_engine.modalities.audio.inputs import encode_recordings
from trainyard_engine.models import BuildContext, build_model
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.audio import AudioConfig
from trainyard_spec.datasets import RecordingProfile
from trainyard_spec.engine_protocol import PredictionWarningCode
from trainyard_spec.splits import SplitConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
AUDIO = {"mels": 16, "max_seconds": 0.15}
SPEECH_RNN: dict[str, Any] = {"name": "speech_rnn", "hidden": 6, "channels": 3, "num_layers": 2}
ARCHITECTURES: list[dict[str, Any]] = [
    SPEECH_RNN | {"cell": "gru", "pooling": "attention"},
    SPEECH_RNN | {"subsampling": 4, "pooling": "last"},
    SPEECH_RNN | {"subsampling": 1, "channels": 32, "bidirectional": False},
]
PROFILE = RecordingProfile(sample_rate=8000, shortest=0.1, longest=1, mean=0.5, resampled=0, mixed=0)


def audio_spec(architecture: dict[str, Any] = SPEECH_RNN, **training: Any) -> dict[str, Any]:
    settings = {"epochs": 2, "regularization": {"dropout": 0.2}, "audio": AUDIO, **training}
    return make_spec("audio_classification", architecture, **settings)


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("resident_bytes", [0, 1 << 30])
def test_batches_are_the_rows_asked_for_padded_to_their_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resident_bytes: int
) -> None:
    monkeypatch.setattr(ragged, "RESIDENT_BYTES", resident_bytes)
    recordings = [np.arange(1, 400 + 50 * row).astype(np.int16) for row in range(12)]
    dataset = open_dataset(write_recordings(tmp_path, recordings, np.arange(12) % 2))
    rows = np.array([11, 3, 0, 5, 7])
    second = list(RecordingSource(dataset, CPU, longest=640).batches(rows, size=2, first=1))
    assert [len(batch.target) for batch in second] == [2, 1]
    audio, lengths = second[0].raw
    assert lengths.tolist() == [399, 640]
    assert audio.tolist() == [[*range(1, 400), *[0] * 241], [*range(1, 641)]]
    assert [batch.target.tolist() for batch in second] == [[0, 1], [1]]


def test_statistics_are_those_of_the_training_rows_alone(tmp_path: Path) -> None:
    dataset = open_dataset(small_recordings(tmp_path))
    log_mel, train = LogMel(AudioConfig(mels=16), 8000, CPU), np.arange(0, 60, 2)
    audio, offsets = dataset.features["audio"], dataset.features["audio_offsets"]
    frames = torch.cat(
        [log_mel(torch.from_numpy(np.array(audio[offsets[row] : offsets[row + 1]]))[None])[0] for row in train]
    ).numpy()
    found = frame_statistics(dataset, train, log_mel, longest=10_000)
    np.testing.assert_allclose(found.shift, frames.mean(axis=0, dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(found.scale, frames.std(axis=0, dtype=np.float64), rtol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: f"by-{a.get('subsampling', 2)}")
def test_what_is_heard_does_not_depend_on_the_batch(architecture: dict[str, Any]) -> None:
    context = BuildContext(input_shape=(16,), outputs=3, dropout=0.0)
    network = build_model(parse_training_spec(audio_spec(architecture)), context).eval()
    features = torch.randn(2, 21, 16)
    features[0, 10:] = 0.0
    together = network(Frames(features, torch.tensor([10, 21])))
    torch.testing.assert_close(network(Frames(features[:1, :10], torch.tensor([10]))), together[:1])


def test_a_finished_model_predicts_recordings_and_evaluates_as_it_was_tested(tmp_path: Path) -> None:
    data, out = small_recordings(tmp_path / "data"), tmp_path / "out"
    result = train_here(audio_spec(epochs=20, optimizer={"name": "adamw", "lr": 0.02}), data, out)[-1]
    assert result["test_metrics"]["accuracy"] > 0.8

    model, dataset = load_model(out, "cpu", threads=1), open_dataset(data)
    prepared = handler_for(model.config.spec.task).prepare(
        dataset, model.config.spec, preprocessing=model.preprocessing
    )
    test = split_examples(dataset, SplitConfig()).test
    assert evaluate_finally(model, prepared.open_source(CPU), test)[0] == result["test_metrics"]

    answers = predict(model, [base64_of(recording_bytes(samples)) for samples in stored_recordings(data)])
    right = [answer["label"] == f"c{row % 3}" for row, answer in enumerate(answers)]
    assert sum(right) > 0.8 * len(right)
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (7, "is not base64 text of a WAV, FLAC, OGG or MP3 recording"),
        ("?", "is not base64 text"),
        (base64_of(b"no sound"), "is not a readable WAV, FLAC, OGG or MP3 recording: its content is none of these"),
        (base64_of(recording_bytes(np.zeros((80, 9)))), "has 9 channels at 8,000 Hz, and not at most 8 channels"),
        (base64_of(recording_bytes(np.zeros(0))), "is a recording of nothing"),
        (base64_of(recording_bytes(np.zeros(601_000, dtype=np.int16), 1000)), "lasts 601 seconds, more than 600"),
    ],
)
def test_an_input_that_is_no_recording_is_named(value: object, problem: str) -> None:
    with pytest.raises(EngineFault, match=f"Input 1 {problem}") as caught:
        encode_recordings([base64_of(tone()), value], PROFILE, most_samples=100)
    assert caught.value.failed.field == "inputs.1"


def test_a_spec_of_recordings_spells_out_how_they_are_read() -> None:
    spec = audio_spec()
    del spec["training"]["audio"]
    assert parse_training_spec(spec).training.audio == AudioConfig()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"audio": {"hop_ms": 30}}, "Hop_ms must not be above window_ms"),
        ({"preprocess": {"scale": "none"}}, "preprocess.scale is for stored numbers"),
        ({"text": {}}, "this task has no texts"),
    ],
)
def test_a_spec_that_cannot_be_meant_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSpec, match=f"(?i){sentence}"):
        parse_training_spec(audio_spec(**changes))


def test_other_tasks_have_no_recordings_to_read() -> None:
    with pytest.raises(InvalidSpec, match="this task has none"):
        parse_training_spec(make_spec("tabular_regression", {"name": "mlp"}, audio={}))


def test_a_recording_is_read_up_to_the_models_longest_and_its_warning_says_so() -> None:
    notes = Notes()
    longest = PROFILE.sample_rate // 4

    samples, lengths = encode_recordings(
        [base64_of(tone(seconds=0.25)), base64_of(tone(seconds=0.5))], PROFILE, most_samples=longest, notes=notes
    )

    assert lengths.tolist() == [longest, longest]
    assert samples.shape == (2, longest)
    assert notes.of(0) == ()
    (warning,) = notes.of(1)
    assert warning.code == PredictionWarningCode.TRUNCATED
    assert warning.message == "The recording lasts 0.5 seconds, of which the first 0.25 are read."
