"""Adapters that are damaged, or say what cannot be: each is refused by name, whatever is wrong with the archive."""

import io
import json
import random
import struct
import zipfile
from typing import Any

import pytest

from tests.integration.api_models.test_imported_models import MODULE, SETTINGS, base, packed, sent
from tests.support.platform import Caller
from trainyard.registry.models import Model

pytestmark = pytest.mark.one_database

__all__ = ["base"]


def deflated(**written: Any) -> bytes:
    """As people's tools zip: compressed."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed())) as plain, zipfile.ZipFile(content, "w", **written) as archive:
        for name in plain.namelist():
            archive.writestr(name, plain.read(name) + b" " * (name.endswith("json") and 5_000))
    return content.getvalue()


def stating(tensors: dict[str, Any], data: int = 0) -> bytes:
    header = json.dumps(tensors).encode()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("adapter_config.json", json.dumps(SETTINGS))
        archive.writestr("adapter_model.safetensors", struct.pack("<Q", len(header)) + header + bytes(data))
    return content.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_whatever_byte_is_broken_nothing_fails_by_itself(owner: Caller, base: None, method: int) -> None:
    draw = random.Random(method)
    whole = deflated(compression=method)
    assert sent(owner, whole).status_code == 201
    answers = set()
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        answer = sent(owner, bytes(broken))
        answers.add(answer.status_code)
        assert answer.status_code in (201, 400), answer.content
    assert 400 in answers


@pytest.mark.parametrize(
    "tensor",
    [
        {"dtype": "F32", "shape": [4, 10**30], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [4, 32], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [4, -32], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [4, 2**60], "data_offsets": [0, 0]},
    ],
)
def test_factors_that_are_not_there_are_refused(owner: Caller, base: None, tensor: dict[str, Any]) -> None:
    other = {"dtype": "F32", "shape": [32, 4], "data_offsets": [0, 512]}
    refused = sent(owner, stating({MODULE.format("A"): tensor, MODULE.format("B"): other}, data=512))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "adapter_damaged"), refused.content
    assert not Model.across_tenants.exists()


@pytest.mark.parametrize("text", ["\ud800", "\0", "x" * 5_000])
def test_a_refusal_can_be_read(owner: Caller, base: None, text: str) -> None:
    """Also where it quotes what no answer can hold."""
    tensor = {"dtype": "F32", "shape": [4, 4], "data_offsets": [0, 64]}
    stated = [packed(SETTINGS | {name: text}) for name in ("peft_type", "task_type", "bias")]
    for content in [*stated, stating({text: tensor}, data=64)]:
        refused = sent(owner, content)
        assert refused.status_code == 400, refused.content
        assert refused.json()["errors"][0]["code"] == "adapter_unsupported"


@pytest.mark.parametrize("name", ["a\nb", "\u200b", "x" * 120, "é" * 120])
def test_any_name_of_a_model_is_stored_or_refused(owner: Caller, base: None, name: str) -> None:
    assert sent(owner, packed(), name=name).status_code in (201, 400)
