"""Augmentations on pixels that can be told apart."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.rng import seed_torch
from trainyard_engine.modalities.augment import augment
from trainyard_engine.modalities.image.augment import crop, flip
from trainyard_spec.augmentation import CropAugment, FlipAugment


@pytest.fixture
def images() -> Tensor:
    seed_torch("images")
    return torch.randint(1, 256, (64, 3, 6, 5), dtype=torch.uint8)


def test_a_flip_mirrors_about_the_given_share_and_leaves_the_rest(images: Tensor) -> None:
    seed_torch("flip")
    flipped = flip(images, FlipAugment(name="flip", probability=0.5))
    mirrored = [torch.equal(after, before.flip(2)) for before, after in zip(images, flipped, strict=True)]
    kept = [torch.equal(after, before) for before, after in zip(images, flipped, strict=True)]
    assert all(one != other for one, other in zip(mirrored, kept, strict=True))
    assert 20 < sum(mirrored) < 44


@pytest.mark.parametrize(("probability", "flips"), [(0.0, False), (1.0, True)])
def test_a_flip_that_is_certain(images: Tensor, probability: float, flips: bool) -> None:
    flipped = flip(images, FlipAugment(name="flip", probability=probability))
    assert torch.equal(flipped, images.flip(3) if flips else images)


def test_a_crop_is_a_window_of_the_padded_image(images: Tensor) -> None:
    seed_torch("crop")
    cropped = crop(images, CropAugment(name="crop", padding=2))
    assert (cropped.shape, cropped.dtype) == (images.shape, torch.uint8)
    padded = functional.pad(images, (2, 2, 2, 2))
    places = set()
    for after, source in zip(cropped, padded, strict=True):
        found = [(y, x) for y in range(5) for x in range(5) if torch.equal(after, source[:, y : y + 6, x : x + 5])]
        assert len(found) == 1
        places.update(found)
    assert len(places) > 15  # of 25, for 64 images


def test_the_same_key_draws_the_same_and_another_does_not(images: Tensor) -> None:
    both = (FlipAugment(name="flip"), CropAugment(name="crop"))
    drawn = []
    for step in (5, 5, 6):
        seed_torch("step", 0, step)
        drawn.append(augment((images,), both)[0][0])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
