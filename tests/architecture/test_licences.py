"""What is shipped, installed and started has a licence that lets a company use it beside code of its own."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)

PERMISSIVE = re.compile(
    r"^(MIT( License)?|MIT-0|MIT-CMU|BSD.*|3-Clause BSD License|0BSD|Apache.*|PSF-2\.0|ISC.*|Zlib|CC0-1\.0|CNRI-Python"
    r"|BSL-1\.0|DFSG approved|Python Software Foundation License|The Unlicense.*|Public Domain)$"
)
FILE_COPYLEFT = re.compile(r"^(MPL-2\.0|Mozilla Public License 2\.0.*)$")
"""Binds whoever changes its own files, which nobody here does."""

EXCEPTIONS = {
    "psycopg": "LGPL-3.0: a library that is installed beside us, unchanged and replaceable, as the licence asks",
    "psycopg-binary": "LGPL-3.0: as psycopg",
    "psycopg-pool": "LGPL-3.0: as psycopg",
    "python-stdnum": "LGPL-2.1: factur-x needs it; installed beside us, unchanged and replaceable",
    "qrcode": "BSD; it also names the licence of the word QR Code, a trademark",
    "soxr": "LGPL-2.1: as psycopg",
    "pycountry": "LGPL-2.1: tests alone, installed beside us",
    "espeakng-loader": "its wheel names none; the library in it is GPL-3.0: speech for tests alone, never shipped",
    "pgserver": "its wheel names none; Apache-2.0 by its repository, PostgreSQL's own licence inside: tests alone",
}

SERVICES = {
    "postgres": "PostgreSQL",
    "valkey/valkey": "BSD-3-Clause",
    "versity/versitygw": "Apache-2.0",
    "trainyard-control": "ours",
    "trainyard-worker": "ours",
}
"""What docker-compose.yml starts. Not Redis (SSPL or AGPL since 7.4) and not MinIO (AGPL)."""


def locked(layer: str) -> list[str]:
    return PIN.findall((REPOSITORY / "requirements" / f"{layer}.txt").read_text())


def licences(name: str) -> list[str]:
    """The parts of what the package says; none where it says nothing."""
    meta = distribution(name).metadata
    said = meta.get("License-Expression")
    if said is None:
        classifiers = [each for each in meta.get_all("Classifier", []) if each.startswith("License ::")]
        said = " AND ".join(each.rpartition(" :: ")[2] for each in classifiers) or meta.get("License") or ""
        said = said.partition("\n")[0]
    return [part.strip(" ()") for part in re.split(r" AND | OR | and | WITH LLVM-exception", said) if part.strip(" ()")]


def is_free_to_use(name: str) -> bool:
    said = licences(name)
    return bool(said) and all(PERMISSIVE.match(part) or FILE_COPYLEFT.match(part) for part in said)


@pytest.mark.parametrize("layer", ["base", "worker", "dev"])
def test_packages(layer: str) -> None:
    refused = []
    for name in locked(layer):
        try:
            if name not in EXCEPTIONS and not is_free_to_use(name):
                refused.append(f"{name}: {licences(name)}")
        except PackageNotFoundError:
            continue  # of another platform
    assert refused == []


def test_exceptions_are_those_that_are_needed() -> None:
    everything = {name for layer in ("base", "worker", "dev") for name in locked(layer)}
    assert EXCEPTIONS.keys() <= everything
    assert not [name for name in EXCEPTIONS if is_free_to_use(name)]


def test_services() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    images = {re.sub(r"\$\{\w+:-(.*)\}", r"\1", service["image"]).partition(":")[0] for service in services.values()}
    assert images == SERVICES.keys()
