"""Real data sets that scikit-learn carries, written as a customer would have them."""

import csv
import zipfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits, load_iris

TABLE_TARGET = "diagnosis"


def write_digits(path: Path) -> None:
    """1,797 handwritten digits of 8×8 pixels as a zip of PNG files, one folder a class."""
    digits = load_digits()
    pixels = (digits.images * 255 / 16).astype("uint8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for index, (image, label) in enumerate(zip(pixels, digits.target, strict=True)):
            encoded = BytesIO()
            Image.fromarray(image).save(encoded, "PNG")
            archive.writestr(f"digits/{label}/{index:04d}.png", encoded.getvalue())


def write_table(path: Path) -> None:
    """569 measurements of breast masses (30 numbers each) with their diagnosis, as a CSV with a header."""
    table = load_breast_cancer()
    names = [name.replace(" ", "_") for name in table.feature_names]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, TABLE_TARGET])
        writer.writerows(
            [*row, table.target_names[label]] for row, label in zip(table.data.tolist(), table.target, strict=True)
        )


def write_irises(path: Path) -> None:
    """150 irises, four measurements each, with their species, as a CSV with a header."""
    irises = load_iris()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
        writer.writerows(
            [*row, irises.target_names[kind]] for row, kind in zip(irises.data.tolist(), irises.target, strict=True)
        )
