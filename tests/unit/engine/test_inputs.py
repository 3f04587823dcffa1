"""What may be sent to be predicted, and what is said of what may not."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trainyard_engine.core.faults import EngineFault
from trainyard_engine.ingest.cells import canonical_cells
from trainyard_engine.modalities.image.decode import to_pixels
from trainyard_engine.modalities.inputs import MISSING_TEXTS, encode_images, encode_rows
from trainyard_spec.datasets import CategoricalColumn, ImageProfile, NumericColumn, TableProfile

TABLE = TableProfile(
    target="price",
    columns=(
        NumericColumn(name="area", missing=0),
        CategoricalColumn(name="colour", missing=0, categories=("blue", "red")),
        NumericColumn(name="rooms", missing=0),
        CategoricalColumn(name="garage", missing=0, categories=("1", "2", "true")),
    ),
    dropped=("id",),
)
GREY = ImageProfile(channels=1, height=4, width=6, resized=0)


def encoded(image: Image.Image, kind: str = "PNG") -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def rows(*values: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    numeric, categorical = encode_rows(values, TABLE)
    assert (numeric.dtype, categorical.dtype) == (np.float64, np.int32)
    return numeric.tolist(), categorical.tolist()


def test_rows_become_stored_columns_in_stored_order() -> None:
    assert rows({"rooms": 3, "colour": "red", "garage": "2", "area": 40.5}, {"area": "7", "rooms": " 1e2 "}) == (
        [[40.5, 3.0], [7.0, 100.0]],
        [[1, 1], [-1, -1]],
    )


@pytest.mark.parametrize("nothing", [None, "", "NA", "nan", " null "])
def test_missing_values_are_marked(nothing: object) -> None:
    numeric, categorical = rows({"area": nothing, "rooms": 1, "colour": nothing})
    assert np.isnan(numeric[0][0])
    assert categorical == [[-1, -1]]


@pytest.mark.parametrize(("value", "code"), [(1, 0), (2.0, 1), (" 2 ", 1), (True, 2), ("true", 2), ("other", -2)])
def test_categories_are_spelled_as_a_compiled_table_spells_them(value: object, code: int) -> None:
    assert rows({"garage": value})[1] == [[-1, code]]


def test_the_target_and_dropped_columns_may_be_there() -> None:
    assert rows({"price": 5, "id": "x", "area": 1, "rooms": 1})[0] == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("value", "sentence", "field", "hint"),
    [
        ({"color": 1}, "Input 1 has a column color that", "inputs.1.color", "Did you mean colour?"),
        ({"zzz": 1}, "Input 1 has a column zzz", "inputs.1.zzz", "Columns: area, colour, rooms, garage."),
        ({"area": "big"}, "Input 1 has 'big' in column area, which is not a number", "inputs.1.area", ""),
        ({"area": True}, "Input 1 has True in column area", "inputs.1.area", ""),
        ({"area": [1]}, "which is not a number", "inputs.1.area", ""),
        ({"area": 1e300}, "which is not a number", "inputs.1.area", ""),
        ({"area": "inf"}, "which is not a number", "inputs.1.area", ""),
        ([1, 2], "Input 1 is not an object", "inputs.1", ""),
    ],
)
def test_a_bad_row_is_named(value: object, sentence: str, field: str, hint: str) -> None:
    with pytest.raises(EngineFault) as caught:
        encode_rows([{"area": 1}, value], TABLE)
    failed = caught.value.failed
    assert sentence in failed.message
    assert (failed.code, failed.field, failed.hint) == ("invalid_input", field, hint)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(6, 4), (30, 17)])
def test_images_are_read_by_the_rule_of_compiled_data(kind: str, mode: str, size: tuple[int, int]) -> None:
    image = Image.effect_noise(size, 80).convert(mode)
    text = encoded(image, kind)
    array = encode_images([text, text], GREY)
    assert (array.shape, array.dtype) == ((2, 1, 4, 6), np.uint8)
    expected = to_pixels(base64.b64decode(text), channels=1, height=4, width=6)
    np.testing.assert_array_equal(array[1], expected)


@pytest.mark.parametrize(
    "value",
    [
        7,
        "not base64!",
        base64.b64encode(b"not an image").decode(),
        encoded(Image.new("L", (6, 4)), "PPM"),
        encoded(Image.effect_noise((60, 40), 80))[:800],
    ],
    ids=["number", "text", "bytes", "netpbm", "cut off"],
)
def test_a_bad_image_is_named(value: object) -> None:
    with pytest.raises(EngineFault, match="Input 1 ") as caught:
        encode_images([encoded(Image.new("L", (6, 4))), value], GREY)
    assert caught.value.failed.field == "inputs.1"


def test_missing_is_spelled_as_in_compiled_tables() -> None:
    assert frozenset(canonical_cells.MISSING) == MISSING_TEXTS
