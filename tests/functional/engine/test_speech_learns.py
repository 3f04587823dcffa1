"""From an archive of synthesized speech with transcripts to a model that writes down what it hears."""

import base64
from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted, array
from tests.support.speech import WORDS, Synthesizer, recording_bytes, spoken_digits, transcribed
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.tasks.speech_recognition.metrics import edit_distance
from trainyard_spec.tasks import Task

SPEC = make_spec(
    "speech_recognition",
    {"name": "speech_rnn", "hidden": 48, "channels": 8, "num_layers": 1, "subsampling": 2},
    epochs=30,
    optimizer={"name": "adamw", "lr": 0.01},
    regularization={"dropout": 0.1, "clip_norm": 1.0},
    audio={"mels": 32},
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits, each said 20 times at different speeds and pitches by four voices."""
    files = transcribed(spoken_digits(200))
    source = uploads.write_zip(tmp_path_factory.mktemp("speech") / "digits.zip", files)
    dataset = accepted(source, Task.SPEECH_RECOGNITION, sample_rate=8000)
    assert dataset.profile.kind == "recordings"
    assert "".join(dataset.profile.alphabet) == "efghinorstuvwxz"
    assert array(source, "transcript_offsets")[:3].tolist() == [0, 4, 7]
    return source.parent


@pytest.mark.slow
def test_it_writes_down_what_it_hears(data: Path, tmp_path: Path) -> None:
    """The most frequent transcript, whichever it is, has nine words of ten wrong."""
    result = train_here(SPEC, data / "compiled", tmp_path)[-1]
    assert result["test_metrics"]["wer"] < 0.5
    assert result["test_metrics"]["cer"] < 0.4

    synthesizer = Synthesizer()
    said = [recording_bytes(synthesizer.say(word, "en-us"), synthesizer.rate) for word in WORDS]
    answers = predict(load_model(tmp_path, "cpu", threads=1), [base64.b64encode(content).decode() for content in said])
    assert sum(answer["text"] == word for answer, word in zip(answers, WORDS, strict=True)) >= 6


def test_a_transcript_that_no_path_can_spell_is_named_before_the_first_step(data: Path, tmp_path: Path) -> None:
    spec = {**SPEC, "training": {**SPEC["training"], "audio": {"hop_ms": 100, "window_ms": 100}}}
    with pytest.raises(
        EngineFault, match=r"The transcript of 000\.wav takes 4 frames, and its recording gives \d"
    ) as caught:
        train_here(spec, data / "compiled", tmp_path)
    assert caught.value.failed.code == "transcript_too_long"


@pytest.mark.parametrize(
    ("found", "expected", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("flaw", "lawn", 2), ("same", "same", 0)],
)
def test_distances_are_the_fewest_edits(found: str, expected: str, distance: int) -> None:
    assert edit_distance(found, expected) == edit_distance(expected, found) == distance
