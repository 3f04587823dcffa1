"""Networks of well-known tutorials, layer by layer, with the parameters that Keras' ``summary()`` counts."""

import torch
from torch import nn

from tests.support.compiled import make_spec
from trainyard_engine.models import BuildContext, build_model, parameters_of
from trainyard_engine.tasks.shared.classification import logits_of
from trainyard_spec.architectures.cnn import CnnConfig
from trainyard_spec.image_rules import image_violations
from trainyard_spec.validation import parse_training_spec

CIFAR = {"name": "cnn", "channels": [32, 64, 128], "hidden": [512]}
TENTHS = BuildContext(input_shape=(3, 32, 32), outputs=10, dropout=0.0)


def cnn(context: BuildContext = TENTHS, **options: object) -> nn.Module:
    return build_model(parse_training_spec(make_spec("image_classification", {**CIFAR, **options})), context)


def test_the_cifar_network_with_valid_padding() -> None:
    """Conv2D 32, 64 and 128, each 3 × 3 with Keras' default padding and MaxPooling2D; Flatten, Dense 512, Dense 10.

    Sides go 32, 30, 15, 13, 6, 4, 2.
    """
    theirs = nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128 * 2 * 2, 512), nn.ReLU(), nn.Linear(512, 10)),
    )
    ours = cnn(padding="valid")
    assert parameters_of(ours) == 896 + 18_496 + 73_856 + 262_656 + 5_130 == 361_034
    theirs.load_state_dict(ours.state_dict())
    images = torch.randn(4, 3, 32, 32)
    torch.testing.assert_close(ours(images), theirs(images))


def test_the_cifar_network_with_same_padding_is_the_default() -> None:
    assert parameters_of(cnn()) == parameters_of(cnn(padding="same")) == 1_147_466


def test_the_text_network_with_one_sigmoid() -> None:
    """Embedding of 1,000 words in 16 numbers, GlobalAveragePooling1D, Dense 32, Dense 1 with a sigmoid."""
    architecture = {"name": "text_pool", "embedding": 16, "hidden": [32]}

    def parameters(loss: str) -> int:
        spec = parse_training_spec(make_spec("text_classification", architecture, loss=loss))
        outputs = logits_of(spec, ("negative", "positive"))
        assert outputs is not None
        context = BuildContext(input_shape=(64,), outputs=outputs, dropout=0.0, vocabulary=1_000)
        return parameters_of(build_model(spec, context))

    assert parameters("bce") == 16_000 + 544 + 33 == 16_577
    assert parameters("cross_entropy") == 16_610


def test_images_that_valid_padding_uses_up_are_refused_with_the_way_out() -> None:
    valid = CnnConfig(padding="valid", channels=(32, 64, 64))
    [violation] = image_violations(valid, height=12, width=40)
    assert "12×40 pixels can lose 2 pixels and be halved 2 times, but the network has 3 blocks" in violation.message
    assert violation.field == "architecture.channels"
    assert violation.hint == (
        "Give architecture.channels at most 2 entries, or set architecture.padding to same, or compile the dataset with"
        " a larger image_size."
    )
    assert not [*image_violations(CnnConfig(padding="valid", channels=(32, 64)), height=12, width=40)]
    [violation] = image_violations(CnnConfig(padding="valid", kernel_size=7), height=7, width=7)
    assert "halved 0 times" in violation.message
    assert violation.hint.startswith("Set architecture.padding to same, or compile")
