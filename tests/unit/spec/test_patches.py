"""The side of patches that a vision transformer cuts images into where its spec states none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainyard_spec.architectures.vit import MOST_PATCHES, VitConfig

SIDES = st.integers(1, 512)


@pytest.mark.parametrize(
    ("height", "width", "side"),
    [(8, 8, 4), (28, 28, 14), (32, 32, 16), (64, 64, 16), (224, 224, 16), (12, 18, 6), (4, 4, 2), (3, 3, 1)],
)
def test_patches_follow_from_the_size_of_the_images(height: int, width: int, side: int) -> None:
    assert VitConfig().patch_side(height=height, width=width) == side


@given(SIDES, SIDES)
def test_patches_that_are_chosen_fit_the_images(height: int, width: int) -> None:
    side = VitConfig().patch_side(height=height, width=width)
    if side is None:
        assert height * width > MOST_PATCHES
    else:
        assert (height % side, width % side) == (0, 0)
        assert (height // side) * (width // side) <= MOST_PATCHES


def test_a_patch_that_is_stated_stays() -> None:
    assert VitConfig(patch_size=4).patch_side(height=28, width=28) == 4
    assert VitConfig.model_validate_json(VitConfig(patch_size=4).model_dump_json()).patch_size == 4
    assert VitConfig.model_validate_json(VitConfig().model_dump_json()).patch_size is None
