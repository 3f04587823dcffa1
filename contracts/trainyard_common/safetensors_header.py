"""The header of a safetensors file, read without its tensors: 8 bytes with the header's length, then JSON.

The format is described in https://github.com/huggingface/safetensors#format.
"""

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 100_000_000
"""Of a header, as the library itself allows."""
METADATA = "__metadata__"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Header entry of one tensor: ``dtype`` as in the file, such as F32 or BF16, and its size in ``bytes``."""

    dtype: str
    shape: tuple[int, ...]
    bytes: int


def tensors_in(path: Path) -> dict[str, TensorInfo]:
    """The tensors of the file by name. Raises ``OSError``, and ``ValueError`` for what is no such file."""
    with path.open("rb") as file:
        start = file.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        held = os.fstat(file.fileno()).st_size - len(start)
        if not 2 <= size <= min(MOST_BYTES, held):
            raise ValueError(f"{path.name} is no safetensors file")
        content = file.read(size)
    try:
        return {
            name: _tensor(about, most_bytes=held - size)
            for name, about in json.loads(content).items()
            if name != METADATA
        }
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError) as error:
        raise ValueError(f"{path.name} is no safetensors file") from error


def _tensor(about: Mapping[str, Any], *, most_bytes: int) -> TensorInfo:
    """Raises ``ValueError`` for one that is said to lie where nothing is, or to have less than no rows."""
    shape = tuple(map(int, about["shape"]))
    begin, end = map(int, about["data_offsets"])
    if not 0 <= begin <= end <= most_bytes or min(shape, default=0) < 0:
        raise ValueError("a tensor lies outside of its file")
    return TensorInfo(str(about["dtype"]), shape, end - begin)
