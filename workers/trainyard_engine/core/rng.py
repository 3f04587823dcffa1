"""Counter-based random numbers: draws that are functions of a key, never of what was drawn before.

So a training that resumes at step N draws at step N + 1 exactly what an undisturbed one draws, and there is no
generator state to keep.
"""

import hashlib

import numpy as np
import numpy.typing as npt
import torch

GOLDEN_GAMMA = 0x9E3779B97F4A7C15


def key_of(*parts: int | str) -> int:
    """A 64-bit key for ``parts``, the same on every machine and in every release."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def seed_torch(*parts: int | str) -> None:
    """Makes torch's default generators, on the CPU and every CUDA device, draw what belongs to the key ``parts``."""
    key = key_of(*parts)
    # torch.manual_seed does the same, but formats the call stack for each device not in use: a millisecond a step.
    torch.default_generator.manual_seed(key)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(key)


def permutation(rows: int, *parts: int | str) -> npt.NDArray[np.int64]:
    """The numbers 0 … rows - 1 in the order that belongs to the key ``parts``, int64 (rows,).

    Sorts by SplitMix64 (Steele, Lea & Flood, 2014) of the row number, which, unlike a library's generator, never
    changes: a stored model's test split can be found again years later.
    """
    with np.errstate(over="ignore"):
        state = np.arange(1, rows + 1, dtype=np.uint64) * np.uint64(GOLDEN_GAMMA) + np.uint64(key_of(*parts))
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return np.argsort(state, kind="stable")
