"""Augmentation of batches on the device, by draws from torch's default generator.

An augmentation is one function behind one of the tables below, which say where it applies: to the stored values of a
batch, to them within the length of each row, or to what the encoder makes of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from trainyard_engine.modalities.audio.augment import mask_frames, noise, time_shift
from trainyard_engine.modalities.image.augment import color, crop, erase, flip, rotate, scale, translate
from trainyard_engine.modalities.image.mixing import MIXERS, Mixing
from trainyard_engine.modalities.series.augment import jitter, window_warp
from trainyard_engine.modalities.text.augment import drop_tokens
from trainyard_spec.augmentation import AnyAugment

CHANGES: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "flip": flip,
    "crop": crop,
    "rotate": rotate,
    "translate": translate,
    "scale": scale,
    "color": color,
    "erase": erase,
    "token_dropout": drop_tokens,
    "jitter": jitter,
}
CHANGES_WITHIN_LENGTHS: dict[str, Callable[[Tensor, Tensor, Any], Tensor]] = {
    "noise": noise,
    "time_shift": time_shift,
    "window_warp": window_warp,
}
CHANGES_OF_ENCODED: dict[str, Callable[[Any, Any], Any]] = {"spec_augment": mask_frames}


def augment(raw: tuple[Tensor, ...], augments: Sequence[AnyAugment]) -> tuple[tuple[Tensor, ...], Mixing | None]:
    """Applies, in order, those of ``augments`` that come before the encoder to the first array of ``raw``.

    The others, lengths among them, stay. With mixup or cutmix, which come last, says what was mixed with what.
    """
    (values, *others), mixing = raw, None
    for spec in augments:
        if spec.name in MIXERS:
            values, mixing = MIXERS[spec.name](values, spec)
        elif spec.name in CHANGES:
            values = CHANGES[spec.name](values, spec)
        elif spec.name in CHANGES_WITHIN_LENGTHS:
            values = CHANGES_WITHIN_LENGTHS[spec.name](values, _lengths(raw), spec)
    return (values, *others), mixing


def augment_encoded(inputs: Any, augments: Sequence[AnyAugment]) -> Any:
    """Applies, in order, those of ``augments`` that come after the encoder to what it made."""
    for spec in augments:
        if spec.name in CHANGES_OF_ENCODED:
            inputs = CHANGES_OF_ENCODED[spec.name](inputs, spec)
    return inputs


def _lengths(raw: tuple[Tensor, ...]) -> Tensor:
    """How much of each row counts, int64 (batch,): all of it where ``raw`` has no lengths."""
    values, *lengths = raw
    return lengths[0] if lengths else torch.full(values.shape[:1], values.shape[1], device=values.device)
