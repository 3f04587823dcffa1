"""Registered networks that translate: what of a directory trains, and the ids of its special tokens."""

import json
from typing import Any

from trainyard_engine.core.pretrained_backbones import TOKENIZER, PretrainedBackbone, registered, unusable
from trainyard_engine.modalities.text.special_ids import NAMES, SpecialIds
from trainyard_engine.modalities.text.tokenizer import TextTokenizer
from trainyard_spec.tasks import Task

CONVERT = (
    f"Ask the operator to write a {TOKENIZER} beside it, as the fast tokenizers of transformers are saved: "
    "tokenizers that need code of their own are not read."
)


def registered_translator(name: str) -> PretrainedBackbone:
    """The network registered as ``name``. Raises ``EngineFault`` where there is none that translates."""
    base = registered(name, Task.TRANSLATION)
    assert base.directory is not None  # noqa: S101  as it was registered
    if not (base.directory / TOKENIZER).is_file():
        raise unusable(name, f"it has no {TOKENIZER}", hint=CONVERT)
    generation = base.directory / "generation_config.json"
    try:
        known: dict[str, Any] = json.loads(generation.read_bytes()) if generation.is_file() else {}
    except ValueError as error:
        raise unusable(name, f"{generation.name} cannot be read ({error})") from error
    # Newer releases of transformers say them there alone.
    missing = {key: known[key] for key in NAMES if base.config.get(key) is None and known.get(key) is not None}
    return PretrainedBackbone({**base.config, **missing}, base.directory)


def require_special_ids(base: PretrainedBackbone, tokenizer: TextTokenizer, *, name: str) -> None:
    """Raises ``EngineFault`` unless the network says how texts begin, end and are padded, and has all its tokens."""
    try:
        special = SpecialIds.of(base.config, unknown=tokenizer.unknown)
    except ValueError as error:
        raise unusable(name, str(error)) from error
    words = base.config.get("vocab_size")
    if not isinstance(words, int) or max(tokenizer.vocabulary, special.padding + 1, special.end + 1) > words:
        raise unusable(name, f"its tokenizer has {tokenizer.vocabulary} tokens, and the network knows {words}")
