"""Headers of weights that lie about what the file holds are refused by one error, before they cost anything."""

import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from trainyard_common.safetensors_header import TensorInfo, tensors_in

DATA = bytes(64)
GOOD: dict[str, Any] = {"dtype": "F32", "shape": [4, 4], "data_offsets": [0, 64]}


def weights(header: bytes, *, says: int | None = None, data: bytes = DATA) -> bytes:
    return struct.pack("<Q", len(header) if says is None else says) + header + data


def told(**changes: Any) -> bytes:
    return weights(json.dumps({"a": GOOD | changes}).encode())


LIES = {
    "nothing": b"",
    "half a length": b"\x01\0\0",
    "no header": weights(b""),
    "header of 2^64 bytes": weights(b"{}", says=2**64 - 1),
    "header of 100 MB in 80 bytes": weights(b"{}", says=100_000_000),
    "header longer than the file": weights(b"{}", says=67),
    "header that is no text": weights(b"\xff\xfe" * 20),
    "header that is no JSON": weights(b"{" * 40),
    "header that is a list": weights(b"[1, 2]"),
    "header that is a number": weights(b"17"),
    "nested 100,000 deep": weights(b"[" * 100_000 + b"]" * 100_000),
    "objects 100,000 deep": weights(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "numbers of 5,000 digits": told(shape=["9" * 5_000]),
    "tensor that is a list": weights(b'{"a": [1]}'),
    "tensor that is nothing": weights(b'{"a": null}'),
    "no shape": weights(b'{"a": {"dtype": "F32", "data_offsets": [0, 64]}}'),
    "shape of words": told(shape=["x"]),
    "shape of nothing": told(shape=[None]),
    "shape without end": weights(b'{"a": {"dtype": "F32", "shape": [Infinity], "data_offsets": [0, 64]}}'),
    "negative shape": told(shape=[-4, -4]),
    "shape that is a number": told(shape=16),
    "one offset": told(data_offsets=[0]),
    "three offsets": told(data_offsets=[0, 32, 64]),
    "offsets backwards": told(data_offsets=[64, 0]),
    "negative offsets": told(data_offsets=[-64, 0]),
    "offsets beyond the file": told(data_offsets=[0, 65]),
    "offsets of 2^63": told(data_offsets=[2**63, 2**63 + 64]),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_for_what_it_is(tmp_path: Path, lie: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(LIES[lie])
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r".") as refused:
            tensors_in(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(tmp_path) not in str(refused.value)
    assert peak < 20 * len(LIES[lie]) + 2**20


def test_what_is_true_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(weights(json.dumps({"__metadata__": {"format": "pt"}, "a": GOOD}).encode()))
    assert tensors_in(path) == {"a": TensorInfo("F32", (4, 4), 64)}
