"""A wrong setting stops the worker with a sentence that names the variable."""

import json
from pathlib import Path

import pytest

from trainyard_worker.settings import ENVIRONMENT_PREFIX, InvalidSettings, load_settings

VALID = {
    "CONTROL_PLANE_URL": "http://127.0.0.1:8000",
    "BROKER_URL": "redis+socket:///run/broker.sock",
    "STATE_DIR": "state",
    "NAME": "gpu-1",
}


@pytest.fixture(autouse=True)
def valid_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VALID.items():
        monkeypatch.setenv(ENVIRONMENT_PREFIX + name, value)


def test_what_is_not_set_has_a_default() -> None:
    settings = load_settings()
    assert settings.state_dir == Path("state").absolute()
    assert settings.enrolment_token is None
    assert settings.slots is None


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{ENVIRONMENT_PREFIX}ENROLMENT_TOKEN", "")
    assert load_settings().enrolment_token is None


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CONTROL_PLANE_URL", "", "it is not set."),
        ("CONTROL_PLANE_URL", "nowhere", "Input should be a valid URL, relative URL without a base."),
        ("BROKER_URL", "amqp://host", "the broker is a Redis, so its URL starts with redis or rediss or redis+socket."),
        ("SLOTS", "0", "Input should be greater than or equal to 1."),
        ("SLOT_KIND", "tpu", "Input should be 'auto', 'cpu' or 'cuda'."),
        ("POLL_SECONDS", "-1", "Input should be greater than 0."),
        ("PYTHON", "/nonexistent", "/nonexistent is not an executable file."),
    ],
)
def test_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(ENVIRONMENT_PREFIX + name, value)
    with pytest.raises(InvalidSettings) as stopped:
        load_settings()
    assert str(stopped.value) == f"{ENVIRONMENT_PREFIX}{name}: {sentence}"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{ENVIRONMENT_PREFIX}ENROLMENT_TOKEN", "s3cret")
    monkeypatch.setenv(f"{ENVIRONMENT_PREFIX}BROKER_URL", "redis://:s3cret@host/0")
    assert "s3cret" not in repr(load_settings())


def test_models_are_directories_with_a_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_settings().pretrained_names == ()
    for name in ("minilm", "bert", "unfinished"):
        (tmp_path / name).mkdir()
    for name in ("minilm", "bert"):
        (tmp_path / name / "config.json").touch()
    monkeypatch.setenv(f"{ENVIRONMENT_PREFIX}PRETRAINED_MODELS", str(tmp_path))
    assert load_settings().pretrained_names == ("bert", "minilm")


def test_only_networks_that_some_task_trains_are_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configs = {
        "bert": {"model_type": "bert"},
        "gpt2": {"model_type": "gpt2"},
        "llama": {"model_type": "llama", "pad_token_id": 0},
        "vit": {"model_type": "vit"},
        "hubert": {"model_type": "hubert"},
        "clip": {"model_type": "clip"},
        "decoding": {"model_type": "bert", "is_decoder": True},
        "bart": {"model_type": "bart", "is_encoder_decoder": True},
        "list": [],
    }
    for name, config in configs.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv(f"{ENVIRONMENT_PREFIX}PRETRAINED_MODELS", str(tmp_path))
    assert load_settings().pretrained_names == ("bart", "bert", "gpt2", "hubert", "llama", "vit")
    assert load_settings().refused_names == ("clip", "decoding", "list")
    tasks = load_settings().pretrained_tasks
    assert tasks.keys() == {"bart", "bert", "gpt2", "hubert", "llama", "vit"}
    assert tasks["bart"] == ("translation",)
    assert tasks["vit"] == ("image_classification", "image_regression")
