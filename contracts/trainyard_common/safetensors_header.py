"""The header of a safetensors file, read without its tensors: 8 bytes of its length, then JSON.

The format is that of https://github.com/huggingface/safetensors#format.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 100_000_000
"""Of a header, as the library itself allows."""
METADATA = "__metadata__"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """``dtype`` as the file spells it, such as F32 or BF16; ``bytes`` are those that the tensor has in the file."""

    dtype: str
    shape: tuple[int, ...]
    bytes: int


def tensors_in(path: Path) -> dict[str, TensorInfo]:
    """The tensors of the file by name. Raises ``OSError``, and ``ValueError`` for what is no such file."""
    with path.open("rb") as file:
        start = file.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= size <= MOST_BYTES:
            raise ValueError(f"{path.name} is no safetensors file")
        header = json.loads(file.read(size))
    try:
        return {
            name: TensorInfo(str(about["dtype"]), tuple(map(int, about["shape"])), _span(about["data_offsets"]))
            for name, about in header.items()
            if name != METADATA
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no safetensors file") from error


def _span(offsets: list[int]) -> int:
    begin, end = offsets
    return int(end) - int(begin)
