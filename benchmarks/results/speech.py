"""Synthesized digits: told apart and written down, beside models of log-mel energies."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import SPLIT, Array, Compared, accuracies, trained
from tests.support.compiled import stored_recordings
from tests.support.speech import compiled_recordings, spoken_classes, spoken_digits, transcribed
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.audio.encode import LogMel
from trainyard_spec.audio import AudioConfig
from trainyard_spec.tasks import Task

RECORDINGS, RATE = 300, 8_000
TRAINING: dict[str, Any] = {
    "batch_size": 16,
    "optimizer": {"name": "adamw", "lr": 0.01},
    "regularization": {"dropout": 0.1, "clip_norm": 1.0},
    "audio": {"mels": 32},
}
PLACES = 16


def run(directory: Path) -> list[ResultRow]:
    return [classification(directory / "classes"), recognition(directory / "transcripts")]


def classification(directory: Path) -> ResultRow:
    data = compiled_recordings(directory, spoken_classes(RECORDINGS), Task.AUDIO_CLASSIFICATION)
    architecture = {"name": "speech_rnn", "hidden": 32, "channels": 8, "num_layers": 1}
    ours = trained("audio_classification", architecture, data, directory / "out", epochs=8, **TRAINING)
    dataset = open_dataset(data)
    split, features = split_examples(dataset, SPLIT), _log_mels(data)
    linear = {"logistic regression, mean frame": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))}
    near = {"nearest neighbour, 16 frames": KNeighborsClassifier(1)}
    (baseline,) = accuracies(linear, features.mean(axis=1), dataset.target, split)
    references = accuracies(near, features.reshape(RECORDINGS, -1), dataset.target, split)
    compared = Compared(
        task="audio classification",
        data="synthesized digits",
        metric="accuracy",
        baseline=baseline,
        references=references,
    )
    return compared.row("speech_rnn", ours)


def recognition(directory: Path) -> ResultRow:
    data = compiled_recordings(directory, transcribed(spoken_digits(RECORDINGS)), Task.SPEECH_RECOGNITION)
    architecture = {"name": "speech_rnn", "hidden": 48, "channels": 8, "num_layers": 1, "subsampling": 2}
    ours = trained("speech_recognition", architecture, data, directory / "out", epochs=30, **TRAINING)
    dataset = open_dataset(data)
    split, said = split_examples(dataset, SPLIT), _transcripts(dataset)
    words, counts = np.unique(said[split.train], return_counts=True)
    near = {"transcript of the nearest neighbour, 16 frames": KNeighborsClassifier(1)}
    # A transcript is one word: those that are wrong are the word error rate.
    (nearest,) = accuracies(near, _log_mels(data).reshape(RECORDINGS, -1), said, split)
    wrong = float((said[split.test] != words[counts.argmax()]).mean())
    compared = Compared(
        task="speech recognition",
        data="synthesized digits",
        metric="word error rate",
        baseline=Figure("most frequent transcript", wrong),
        references=(Figure(nearest.name, 1 - nearest.value),),
    )
    return compared.row("speech_rnn", ours)


def _transcripts(dataset: Dataset) -> Array:
    """One text a recording, of the numbers of its characters."""
    codes, offsets = dataset.features["transcript"], dataset.features["transcript_offsets"]
    return np.array([" ".join(map(str, codes[begin:end])) for begin, end in pairwise(offsets)])


def _log_mels(data: Path) -> Array:
    """Each recording squeezed to as many evenly spaced frames, float32 (recordings, ``PLACES``, mels)."""
    log_mel = LogMel(AudioConfig(**TRAINING["audio"]), RATE, torch.device("cpu"))
    frames = [log_mel(torch.from_numpy(samples)[None])[0].numpy() for samples in stored_recordings(data)]
    return np.stack([found[np.linspace(0, len(found) - 1, PLACES).round().astype(int)] for found in frames])
