"""Pretrained models that an operator has registered: directories below one, by name.

Each holds ``config.json``, ``tokenizer.json`` and safetensors, as Hugging Face's ``transformers`` writes them. Nothing
is ever downloaded, no code of a model runs, no pickle is read.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.modalities.text.tokenizer import PADDING, TextTokenizer
from trainyard_spec.pretrained_models import ENCODERS_ONLY, is_encoder

MODELS_VARIABLE = "TRAINYARD_ENGINE_MODELS"
"""The environment variable that names the directory."""
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class PretrainedBackbone:
    """``config`` is that of ``transformers``; ``directory`` holds the first weights, ``None`` in a finished model.

    ``is_start``: of a finished model that another training starts from, whose first weights are that model's.
    """

    config: dict[str, Any]
    directory: Path | None = None
    is_start: bool = False


def registered(name: str) -> PretrainedBackbone:
    """The encoder registered as ``name``. Raises ``EngineFault`` where there is none, or none that can be used."""
    directory = registered_directory(name)
    try:
        config = json.loads((directory / CONFIG).read_bytes())
    except (OSError, ValueError) as error:
        raise unusable(name, f"{CONFIG} cannot be read ({error})") from error
    if not is_encoder(config):
        kind = config.get("model_type") if isinstance(config, dict) else None
        raise unusable(name, f"it is of the kind {kind}, which is no encoder of texts", hint=ENCODERS_ONLY)
    if not list(directory.glob("*.safetensors")):
        raise unusable(name, "it has no safetensors")
    if config.get("pad_token_id", PADDING) != PADDING:
        raise unusable(name, f"its padding is not the token {PADDING}")
    return PretrainedBackbone(config, directory)


def registered_directory(name: str) -> Path:
    """Where the model registered as ``name`` lies. Raises ``EngineFault`` where there is none."""
    root = Path(os.environ.get(MODELS_VARIABLE) or os.devnull)
    names = sorted(path.parent.name for path in root.glob(f"*/{CONFIG}"))
    if name not in names:
        raise invalid_input(
            f"No pretrained model is registered as {name} here.",
            code="unknown_model",
            hint=f"Registered are: {', '.join(names)}." if names else "The operator has registered none.",
            field="architecture.model",
        )
    return root / name


def tokenizer_of(base: PretrainedBackbone, *, name: str, max_length: int) -> TextTokenizer:
    """The model's own, cut to ``max_length`` tokens. Raises ``EngineFault`` where they are more than it can take."""
    most = base.config.get("max_position_embeddings", max_length)
    if max_length > most:
        raise EngineFault(
            f"{name} reads at most {most} tokens, not {max_length}.",
            code="text_too_long",
            hint=f"Set text.max_length to {most} or less.",
            field="training.text.max_length",
        )
    assert base.directory is not None  # noqa: S101  as ``registered`` has given it
    try:
        return TextTokenizer.pretrained((base.directory / TOKENIZER).read_text(encoding="utf-8"), max_length)
    except (OSError, ValueError) as error:
        raise unusable(name, f"{TOKENIZER} cannot be read ({error})") from error


def unusable(name: str, reason: str, *, hint: str = "Ask the operator.") -> EngineFault:
    """The fault of a registered model that cannot be trained, for ``reason``."""
    return invalid_input(
        f"The pretrained model {name} cannot be used: {reason}.",
        code="unusable_model",
        hint=hint,
        field="architecture.model",
    )
