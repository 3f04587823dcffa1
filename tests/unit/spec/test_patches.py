"""How a vision transformer reads images where its spec does not say: the side of its patches, and its stem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainyard_spec.architectures.vit import MOST_PATCHES, VitConfig, pools_of

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


@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (64, 500), (3, 3)])
def test_small_images_are_read_through_convolutions(height: int, width: int) -> None:
    assert VitConfig().stem_for(height=height, width=width) == "convolutional"


@pytest.mark.parametrize(("height", "width"), [(65, 65), (224, 224), (96, 128)])
def test_photographs_are_cut_as_published(height: int, width: int) -> None:
    assert VitConfig().stem_for(height=height, width=width) == "patches"


def test_a_patch_that_is_stated_stays_and_is_cut() -> None:
    stated = VitConfig(patch_size=4)
    assert (stated.patch_side(height=28, width=28), stated.stem_for(height=28, width=28)) == (4, "patches")
    assert VitConfig.model_validate_json(VitConfig(patch_size=4).model_dump_json()).patch_size == 4
    assert VitConfig.model_validate_json(VitConfig().model_dump_json()).patch_size is None


def test_convolutions_are_followed_by_poolings_while_a_patch_can_be_halved() -> None:
    assert {side: pools_of(side) for side in (1, 7, 14, 16)} == {
        1: (False, False),
        7: (False, False),
        14: (True, False),
        16: (True, True),
    }
