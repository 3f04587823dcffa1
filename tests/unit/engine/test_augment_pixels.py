"""Augmentations that move, recolour, paint and mix pixels: against transformations whose outcome is known."""

import math

import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.rng import seed_torch
from trainyard_engine.modalities.augment import augment
from trainyard_engine.modalities.image import augment as augment_images
from trainyard_spec.augmentation import AnyAugment

NAMES = ("rotate", "translate", "scale", "color", "erase", "mixup", "cutmix")


def spec_of(name: str, **options: float) -> AnyAugment:
    spec: AnyAugment = TypeAdapter(AnyAugment).validate_python({"name": name, **options})
    return spec


def changed(images: Tensor, name: str, **options: float) -> Tensor:
    seed_torch(name)
    return augment((images,), [spec_of(name, **options)])[0][0]


@pytest.fixture
def images() -> Tensor:
    seed_torch("images")
    return torch.randint(1, 256, (32, 3, 6, 8), dtype=torch.uint8)


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every uniform draw is the highest value that it may take."""
    monkeypatch.setattr(augment_images, "_uniform", lambda images, low, high: torch.full((len(images),), float(high)))
    return monkeypatch


@pytest.mark.parametrize("name", NAMES)
def test_images_keep_their_shape_and_their_range(images: Tensor, name: str) -> None:
    after = changed(images, name)
    assert after.shape == images.shape
    assert not torch.equal(after, images.to(after.dtype))
    assert 0 <= after.min() <= after.max() <= 255


@pytest.mark.parametrize("name", NAMES)
def test_the_same_key_draws_the_same_and_another_does_not(images: Tensor, name: str) -> None:
    first, again = changed(images, name), changed(images, name)
    assert torch.equal(first, again)
    seed_torch("another")
    assert not torch.equal(augment((images,), [spec_of(name)])[0][0], first)


@pytest.mark.parametrize("name", ["rotate", "translate", "scale", "color"])
def test_every_image_draws_for_itself(name: str) -> None:
    seed_torch("one")
    alike = torch.randint(0, 256, (1, 1, 6, 8), dtype=torch.uint8).expand(8, -1, -1, -1)
    assert len({tuple(image.flatten().tolist()) for image in changed(alike, name)}) == 8


@pytest.mark.usefixtures("always")
def test_half_a_turn_mirrors_both_ways(images: Tensor) -> None:
    after = changed(images, "rotate", degrees=180)
    torch.testing.assert_close(after, images.flip(2, 3).float(), rtol=0, atol=0.01)


@pytest.mark.usefixtures("always")
def test_a_quarter_turn_of_an_oblong_keeps_the_proportions(images: Tensor) -> None:
    middle = functional.pad(images[:, :, 1:5, 2:6], (2, 2, 1, 1))
    after = changed(middle, "rotate", degrees=90)
    turned = [middle[:, :, 1:5, 2:6].rot90(turns, (2, 3)).float() for turns in (1, -1)]
    assert min((after[:, :, 1:5, 2:6] - known).abs().max().item() for known in turned) < 0.01


@pytest.mark.usefixtures("always")
def test_a_translation_by_whole_pixels_moves_them(images: Tensor) -> None:
    after = changed(images, "translate", fraction=0.5)
    expected = functional.pad(images, (0, 4, 0, 3))[:, :, 3:, 4:].float()
    torch.testing.assert_close(after, expected, rtol=0, atol=0.01)


@pytest.mark.usefixtures("always")
def test_a_larger_scale_shows_the_middle_larger() -> None:
    ramp = torch.arange(8.0).expand(2, 1, 8, 8) * 10
    after = changed(ramp, "scale", fraction=0.25)
    # Distances from the middle, 35, shrink by 1.25 inside.
    torch.testing.assert_close(after[:, :, 2, 1:7], 35 + (ramp[:, :, 2, 1:7] - 35) / 1.25, rtol=0, atol=0.01)


@pytest.mark.usefixtures("always")
def test_brightness_and_contrast_are_factors() -> None:
    image = torch.tensor([[[[50.0, 70.0]]]])
    assert changed(image, "color", brightness=0.5, contrast=0).tolist() == [[[[75.0, 105.0]]]]
    assert changed(image, "color", brightness=0, contrast=0.5).tolist() == [[[[45.0, 75.0]]]]
    assert changed(image * 3, "color", brightness=1, contrast=0).tolist() == [[[[255.0, 255.0]]]]


def test_an_erased_rectangle_has_the_mean_colour_and_the_rest_stays(images: Tensor) -> None:
    after = changed(images, "erase", probability=0.5, area=0.5)
    touched = 0
    for image, original in zip(after, images.float(), strict=True):
        differs = (image != original).any(dim=0)
        rows, columns = differs.any(dim=1).nonzero().flatten(), differs.any(dim=0).nonzero().flatten()
        if len(rows) == 0:
            continue
        touched += 1
        box = image[:, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        torch.testing.assert_close(box, original.mean(dim=(1, 2))[:, None, None].expand_as(box))
        assert box[0].numel() <= 0.75 * original[0].numel()
    assert 6 < touched < 26


def test_mixup_blends_images_in_the_share_it_states(images: Tensor) -> None:
    seed_torch("mixup")
    (after,), mixing = augment((images,), [spec_of("mixup", alpha=1.0)])
    assert mixing is not None
    assert 0 < mixing.own < 1
    assert sorted(mixing.partners.tolist()) == list(range(32))
    torch.testing.assert_close(after, torch.lerp(images[mixing.partners].float(), images.float(), mixing.own))


def test_cutmix_pastes_a_rectangle_of_the_share_it_states(images: Tensor) -> None:
    shares = []
    for key in range(6):
        seed_torch("cutmix", key)
        (after,), mixing = augment((images,), [spec_of("cutmix")])
        assert mixing is not None
        kept, pasted = after == images, after == images[mixing.partners]
        assert bool((kept | pasted).all())
        moved = mixing.partners != torch.arange(32)
        inside = (~kept[moved]).any(dim=0).any(dim=0)
        assert int(inside.sum()) == int(inside.any(dim=0).sum()) * int(inside.any(dim=1).sum())
        assert mixing.own.item() == pytest.approx(1 - inside.float().mean().item())
        shares.append(mixing.own.item())
    assert max(shares) - min(shares) > 0.2


def test_the_shares_of_mixup_are_beta_distributed() -> None:
    image, shares = torch.zeros(1, 1, 1, 1), []
    for key in range(600):
        seed_torch("beta", key)
        _, mixing = augment((image,), [spec_of("mixup", alpha=0.5)])
        assert mixing is not None
        shares.append(mixing.own.item())
    found = torch.tensor(shares)
    # Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1)).
    assert found.mean().item() == pytest.approx(0.5, abs=4 * math.sqrt(0.125 / 600))
    assert found.var().item() == pytest.approx(0.125, rel=0.1)
