"""An archive of class folders becomes uint8 arrays in the order of names."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support import uploads
from tests.support.compiling import accepted, array
from trainyard_engine.modalities.inputs import encode_images
from trainyard_spec.datasets import CompiledDataset, ImageProfile
from trainyard_spec.tasks import Task


def compiled(source: Path, *, image_size: int | None = None) -> tuple[CompiledDataset, ImageProfile]:
    dataset = accepted(source, Task.IMAGE_CLASSIFICATION, image_size=image_size)
    assert isinstance(dataset.profile, ImageProfile)
    return dataset, dataset.profile


def test_pixels_and_classes_are_those_of_the_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = uploads.class_folders(("dog", "cat"))
    source = uploads.write_zip(tmp_path / "pets.zip", files)

    dataset, profile = compiled(source)

    assert dataset.classes == ("cat", "dog")
    assert dataset.class_counts == (6, 6)
    assert profile == ImageProfile(channels=1, height=8, width=8, resized=0)
    images = array(source, "images")
    assert images.shape == (12, 1, 8, 8)
    assert images.dtype == np.uint8
    assert images[:, 0, 0, 0].tolist() == [*range(100, 106), *range(6)]
    assert array(source, "target").tolist() == [0] * 6 + [1] * 6
    assert array(source, "target").dtype == np.int64


def test_real_digits_arrive_whole(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "digits.zip", uploads.digit_files(limit=300))

    dataset, _ = compiled(source)

    assert dataset.classes == tuple("0123456789")
    assert dataset.rows == sum(dataset.class_counts) == 300


def test_class_names_that_are_numbers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "n.zip", uploads.class_folders(("10", "9", "1")))

    assert compiled(source)[0].classes == ("1", "9", "10")


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_a_tar_gives_the_same_arrays_as_a_zip(tmp_path: Path, packing: str) -> None:
    files = uploads.class_folders()
    (tmp_path / "z").mkdir()
    zipped, _ = compiled(uploads.write_zip(tmp_path / "z" / "a.zip", files))

    tarred, _ = compiled(uploads.write_tar(tmp_path / "a", files, packing=packing))

    assert tarred.files == zipped.files


def test_the_order_of_an_archive_does_not_matter(tmp_path: Path) -> None:
    files = uploads.class_folders()
    (tmp_path / "z").mkdir()
    forward, _ = compiled(uploads.write_zip(tmp_path / "z" / "a.zip", files))

    backward, _ = compiled(uploads.write_zip(tmp_path / "a.zip", dict(reversed(files.items()))))

    assert backward.files == forward.files


def test_a_folder_around_everything_is_no_class(tmp_path: Path) -> None:
    files = {f"pets/{name}": content for name, content in uploads.class_folders().items()}

    dataset, _ = compiled(uploads.write_zip(tmp_path / "a.zip", files))

    assert dataset.classes == ("cat", "dog")


def test_what_operating_systems_leave_in_archives_is_passed_over(tmp_path: Path) -> None:
    litter = {"__MACOSX/cat/._001.png": b"x", "cat/.DS_Store": b"x", "dog/Thumbs.db": b"x", ".git/config": b"x"}

    dataset, _ = compiled(uploads.write_zip(tmp_path / "a.zip", {**litter, **uploads.class_folders()}))

    assert dataset.rows == 12
    assert dataset.warnings == ()


def test_a_file_that_is_no_image_is_left_out_with_a_warning(tmp_path: Path) -> None:
    dataset, _ = compiled(uploads.write_zip(tmp_path / "a.zip", {**uploads.class_folders(), "README.md": b"hello"}))

    assert [(w.code, w.file) for w in dataset.warnings] == [("ignored_file", "README.md")]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_the_content_tells_the_kind_of_image_whatever_the_name(tmp_path: Path, kind: str) -> None:
    files = uploads.class_folders()
    files["cat/odd.dat"] = uploads.image_bytes(77, kind=kind)

    dataset, _ = compiled(uploads.write_zip(tmp_path / "a.zip", files))

    assert dataset.class_counts == (7, 6)
    assert abs(int(array(tmp_path / "a.zip", "images")[6].mean()) - 77) <= 1


def test_one_image_in_colour_makes_all_of_them_colour(tmp_path: Path) -> None:
    files = uploads.class_folders()
    files["dog/red.png"] = uploads.image_bytes((255, 0, 9), mode="RGB")

    _, profile = compiled(uploads.write_zip(tmp_path / "a.zip", files))

    assert profile.channels == 3
    images = array(tmp_path / "a.zip", "images")
    assert images[-1, :, 0, 0].tolist() == [255, 0, 9]
    assert images[5, :, 0, 0].tolist() == [5, 5, 5]


def test_images_of_another_size_are_resized_to_the_most_common_one(tmp_path: Path) -> None:
    files = uploads.class_folders(size=(10, 6))
    files["cat/large.png"] = uploads.image_bytes(size=(64, 64))

    _, profile = compiled(uploads.write_zip(tmp_path / "a.zip", files))

    assert profile == ImageProfile(channels=1, height=6, width=10, resized=1)


def test_of_two_equally_common_sizes_the_larger_is_taken(tmp_path: Path) -> None:
    small = uploads.class_folders(("cat",), size=(8, 8))
    large = uploads.class_folders(("dog",), size=(9, 9))

    _, profile = compiled(uploads.write_zip(tmp_path / "a.zip", {**small, **large}))

    assert (profile.height, profile.width, profile.resized) == (9, 9, 6)


def test_a_chosen_size_rules(tmp_path: Path) -> None:
    _, profile = compiled(uploads.write_zip(tmp_path / "a.zip", uploads.class_folders(size=(8, 4))), image_size=16)

    assert (profile.height, profile.width, profile.resized) == (16, 16, 12)


def test_large_images_are_scaled_down_to_512_pixels_with_their_proportions(tmp_path: Path) -> None:
    _, profile = compiled(uploads.write_zip(tmp_path / "a.zip", uploads.class_folders(size=(1024, 256))))

    assert (profile.height, profile.width, profile.resized) == (128, 512, 12)


def test_the_first_frame_of_an_animation_counts(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    frames = [Image.new("L", (8, 8), value) for value in (10, 200)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])

    compiled(uploads.write_zip(tmp_path / "a.zip", {**uploads.class_folders(), "cat/film.gif": buffer.getvalue()}))

    assert array(tmp_path / "a.zip", "images")[6].mean() == 10


def test_a_prediction_sees_the_pixels_that_training_saw(tmp_path: Path) -> None:
    files = uploads.class_folders(size=(20, 12))
    files["dog/red.png"] = uploads.image_bytes((255, 0, 9), size=(31, 17), mode="RGB")
    _, profile = compiled(uploads.write_zip(tmp_path / "a.zip", files))

    seen = encode_images([base64.b64encode(files[name]).decode() for name in sorted(files)], profile)

    np.testing.assert_array_equal(seen, array(tmp_path / "a.zip", "images"))


def test_dataset_json_is_the_answer(tmp_path: Path) -> None:
    dataset, _ = compiled(uploads.write_zip(tmp_path / "a.zip", uploads.class_folders()))

    written = json.loads((tmp_path / "compiled" / "dataset.json").read_bytes())

    assert CompiledDataset.model_validate(written) == dataset
