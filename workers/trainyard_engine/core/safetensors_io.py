"""Tensors in files that survive a crash, in the safetensors format."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from trainyard_common.atomic_io import sha256_of, sync_path
from trainyard_spec.files import FileEntry


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> FileEntry:
    """Writes contiguous CPU tensors to ``path``, straight from their memory, and waits for the disk. Not atomic.

    Returns the file's manifest entry. Raises ``OSError`` when the disk refuses.
    """
    try:
        safetensors.torch.save_file(dict(tensors), path)
    except SafetensorError as error:
        raise _refusal(error) from error
    sync_path(path)
    return FileEntry(name=path.name, bytes=path.stat().st_size, sha256=sha256_of(path))


def _refusal(error: SafetensorError) -> Exception:
    """The system's error, of which safetensors tells the number in its text alone."""
    number = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else error
