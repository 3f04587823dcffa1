"""Pretrained networks of images: shown what they were trained on, under a new head, trained whole or by adapters."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.support.compiled import bright_images, make_spec, small_images, small_texts
from tests.support.pretrained import PROCESSOR, register, register_image_model
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone, registered
from trainyard_engine.modalities.image.processor import ImageProcessor, ProcessedImageEncoder
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.pretrained import Pretrained
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.pretrained_models import IMAGE_ENCODERS, IMAGE_FAMILY, TEXT_FAMILY
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

LORA = {"name": "pretrained", "model": "tiny", "rank": 2, "adapter_dropout": 0.1}
FULL = {"name": "pretrained", "model": "tiny", "method": "full"}
CPU = torch.device("cpu")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = register_image_model(tmp_path / "models", "tiny")
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
    return directory


def spec_of(architecture: dict[str, Any], task: str = "image_classification", **training: Any) -> dict[str, Any]:
    return make_spec(task, architecture, **{"epochs": 2, "batch_size": 16, **training})


def body_of(directory: Path) -> dict[str, torch.Tensor]:
    """The weights of a registered network below its head, by the names that they have in memory."""
    from transformers import AutoModel

    return dict(AutoModel.from_pretrained(directory, dtype=torch.float32).state_dict())


def built(architecture: dict[str, Any], *, outputs: int = 3) -> Pretrained:
    base = registered("tiny", Task.IMAGE_CLASSIFICATION)
    context = BuildContext(input_shape=(3, 16, 16), outputs=outputs, dropout=0.0, base=base)
    network = BUILDERS["pretrained"](PretrainedConfig.model_validate(architecture), context)
    assert isinstance(network, Pretrained)
    return network


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
@pytest.mark.parametrize("kind", ["vit", "resnet"])
def test_a_finished_model_needs_no_registered_one_any_more(
    tmp_path: Path, models: Path, kind: str, architecture: dict[str, Any]
) -> None:
    register_image_model(models, "tiny", kind=kind)
    data, out = small_images(tmp_path / "data", rows=60, size=24), tmp_path / "out"
    result = train_here(spec_of(architecture), data, out)[-1]
    before = body_of(models / "tiny")
    for path in sorted((models / "tiny").iterdir()):
        path.unlink()

    model, dataset = load_model(out, "cpu", threads=1), open_dataset(data)
    handler = handler_for(Task.IMAGE_CLASSIFICATION)
    prepared = handler.prepare(dataset, model.config.spec, preprocessing=model.preprocessing)
    source = prepared.open_source(CPU)
    assert evaluate_finally(model, source, prepared.split.test)[0] == result["test_metrics"]
    after = model.network.state_dict()
    body = {name: after[f"network.{kind}.{name}"] for name in before if "pooler" not in name}
    assert any(not torch.equal(before[name], tensor) for name, tensor in body.items())
    norms = [name for name in body if "norm" in name]
    assert all(torch.equal(before[name], body[name]) for name in norms) == (architecture is LORA)


@pytest.mark.usefixtures("models")
def test_numbers_of_images_are_told_too(tmp_path: Path) -> None:
    data = bright_images(tmp_path / "data", target_of=lambda halves: halves.sum(axis=1))
    spec = spec_of(FULL, "image_regression", epochs=8, optimizer={"name": "adamw", "lr": 0.003})
    result = train_here(spec, data, tmp_path / "out")[-1]
    assert result["test_metrics"]["r2"] > 0.2  # that of the mean is 0


def test_the_head_that_a_model_was_registered_with_is_not_kept(models: Path) -> None:
    """It told three other things than the three classes of the data."""
    register_image_model(models, "tiny", classes=3)
    theirs = load_file(models / "tiny" / "model.safetensors")["classifier.weight"]
    ours, body = built(FULL).state_dict(), body_of(models / "tiny")
    assert theirs.shape == ours["network.classifier.weight"].shape
    assert not torch.equal(theirs, ours["network.classifier.weight"])
    known = [name for name in body if "pooler" not in name]
    assert all(torch.equal(body[name], ours[f"network.vit.{name}"]) for name in known)


@pytest.mark.parametrize("kind", ["vit", "resnet"])
def test_adapters_alone_learn_and_statistics_stay(models: Path, kind: str) -> None:
    """A network without dense layers has them on its convolutions."""
    register_image_model(models, "tiny", kind=kind)
    network = built(LORA)
    network.train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network(torch.randn(4, 3, 16, 16)).square().sum().backward()
    learning = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert learning == {name for name, weight in network.named_parameters() if ".lora_" in name or "classifier" in name}
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_merged_adapters_compute_the_same(models: Path) -> None:
    register_image_model(models, "tiny", kind="resnet")
    network = built({**LORA, "adapter_dropout": 0.0})
    for name, weight in network.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    images = torch.randn(2, 3, 16, 16)
    network.eval()
    with torch.inference_mode():
        adapted = network(images)
        network.merge()
        assert not any("lora" in name for name in network.state_dict())
        torch.testing.assert_close(network(images), adapted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("way", [0, 2, 3])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [16, 24])
def test_images_are_prepared_as_transformers_does(way: int, channels: int, side: int) -> None:
    from transformers import ViTImageProcessorPil

    stated = {**PROCESSOR, "resample": way}
    processor = ImageProcessor.of(stated, {})
    images = np.random.default_rng(0).integers(0, 256, (3, channels, side, side), dtype=np.uint8)
    ours = ProcessedImageEncoder(processor, processor.statistics, CPU)((torch.from_numpy(images),))
    coloured = [np.repeat(image, 3 // channels, axis=0) for image in images]
    theirs = ViTImageProcessorPil(**stated)(coloured, return_tensors="pt", input_data_format="channels_first")
    # Pillow rounds to whole numbers, once along each side: of 255 its pixels differ by less than two from ours.
    tolerance = 2 / 255 / min(PROCESSOR["image_std"])  # type: ignore[call-overload]
    torch.testing.assert_close(ours, theirs["pixel_values"], rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("stated", "sides"),
    [
        ({"size": 32}, (32, 32)),
        ({"size": {"shortest_edge": 20}}, (20, 20)),
        ({"size": {"shortest_edge": 20}, "do_center_crop": True, "crop_size": {"height": 18, "width": 16}}, (18, 16)),
        ({"size": {"shortest_edge": 20}, "do_center_crop": False, "crop_size": 18}, (20, 20)),
    ],
)
def test_sizes_are_read_in_all_their_forms(stated: dict[str, Any], sides: tuple[int, int]) -> None:
    processor = ImageProcessor.of({**PROCESSOR, **stated}, {})
    assert (processor.height, processor.width) == sides


@pytest.mark.parametrize("kind", sorted(IMAGE_ENCODERS))
def test_every_kind_has_a_body_and_a_head(kind: str) -> None:
    base = PretrainedBackbone({"model_type": kind})
    with torch.device("meta"):
        network = BUILDERS["pretrained"](
            PretrainedConfig(method="full"), BuildContext(input_shape=(3, 224, 224), outputs=5, dropout=0.1, base=base)
        )
        outputs = network.eval()(torch.zeros(2, 3, 224, 224))
    assert outputs.shape == (2, 5)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"size": None}, "how large images are"),
        ({"image_mean": [0.5]}, "how each channel is scaled"),
        ({"do_flip_channel_order": True}, "do_flip_channel_order"),
        ({"resample": 1}, "way to resize"),
    ],
)
def test_what_a_processor_asks_beyond_that_is_refused(
    tmp_path: Path, models: Path, damage: dict[str, Any], says: str
) -> None:
    (models / "tiny" / "preprocessor_config.json").write_text(json.dumps({**PROCESSOR, **damage}))
    with pytest.raises(EngineFault, match=says) as caught:
        train_here(spec_of(LORA), small_images(tmp_path / "data", rows=30), tmp_path / "out")
    assert (caught.value.failed.code, caught.value.failed.field) == ("unusable_model", "architecture.model")


def test_models_of_other_data_are_refused(tmp_path: Path, models: Path) -> None:
    def fault(architecture: dict[str, Any], task: str, data: Path) -> EngineFault:
        with pytest.raises(EngineFault) as caught:
            train_here(spec_of(architecture, task), data, tmp_path / "out")
        assert (caught.value.failed.code, caught.value.failed.field) == ("unusable_model", "architecture.model")
        return caught.value

    register(models, "bert")
    images, texts = small_images(tmp_path / "images", rows=30), small_texts(tmp_path / "texts", rows=30)
    assert fault({**LORA, "model": "bert"}, "image_classification", images).failed.hint == IMAGE_FAMILY.only
    assert fault(LORA, "text_classification", texts).failed.hint == TEXT_FAMILY.only
    (models / "tiny" / "preprocessor_config.json").unlink()
    assert "preprocessor_config.json cannot be read" in str(fault(LORA, "image_classification", images))


def test_images_of_other_channels_are_refused(tmp_path: Path, models: Path) -> None:
    config = json.loads((models / "tiny" / "config.json").read_text())
    (models / "tiny" / "config.json").write_text(json.dumps({**config, "num_channels": 1}))
    one = {**PROCESSOR, "image_mean": [0.5], "image_std": [0.5]}
    (models / "tiny" / "preprocessor_config.json").write_text(json.dumps(one))
    with pytest.raises(EngineFault, match="reads images of 1 channel, and the data have 3"):
        train_here(spec_of(LORA), small_images(tmp_path / "data", rows=30, channels=3), tmp_path / "out")


@pytest.mark.parametrize(
    ("architecture", "training", "field"),
    [
        ({**FULL, "pooling": "cls"}, {}, "architecture.pooling"),
        (FULL, {"preprocess": {"scale": "min_max"}}, "training.preprocess.scale"),
        (FULL, {"init": "he"}, "training.init"),
    ],
)
def test_what_would_be_ignored_is_a_problem_of_the_spec(
    architecture: dict[str, Any], training: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidSpec, match=field.replace(".", r"\.")):
        parse_training_spec(spec_of(architecture, **training))


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
@pytest.mark.usefixtures("models")
def test_a_model_is_trained_on_without_the_operators_directory(
    tmp_path: Path, architecture: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_images(tmp_path / "data", rows=40, size=24)
    train_here(spec_of(architecture), data, tmp_path / "parent")
    monkeypatch.delenv("TRAINYARD_ENGINE_MODELS")
    spec = {**spec_of(architecture), "init_from": "mdl_local"}
    train_here(spec, data, tmp_path / "child", init_from=tmp_path / "parent")
    before, after = (load_file(tmp_path / name / "model.safetensors") for name in ("parent", "child"))
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    configs = [(tmp_path / name / "preprocessor_config.json").read_bytes() for name in ("parent", "child")]
    assert configs[0] == configs[1]
