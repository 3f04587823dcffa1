"""Pretrained models that an operator has registered: directories below one, by name.

Each holds ``config.json``, safetensors and what prepares its inputs, as Hugging Face's ``transformers`` writes them:
``tokenizer.json`` for texts, ``preprocessor_config.json`` for images. Nothing is ever downloaded, no code of a model
runs, no pickle is read.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.modalities.text.tokenizer import PADDING, TextTokenizer
from trainyard_spec.engine_protocol import PROCESSOR_FILE
from trainyard_spec.pretrained_models import family_of, tasks_of
from trainyard_spec.tasks import DataKind, Task

MODELS_VARIABLE = "TRAINYARD_ENGINE_MODELS"
"""The environment variable that names the directory."""
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
PLACES_BEHIND_PADDING = frozenset({
    *("camembert", "data2vec-text", "esm", "ibert", "longformer", "luke", "mpnet", "roberta", "roberta-prelayernorm"),
    *("xlm-roberta", "xlm-roberta-xl"),
})  # fmt: skip
"""Kinds of encoders whose first place is the one behind the id of padding; all but ESM pad with 1 by themselves."""


@dataclass(frozen=True, slots=True)
class PretrainedBackbone:
    """``config`` is that of ``transformers``; ``directory`` holds the first weights, ``None`` in a finished model.

    ``processor`` is how inputs other than texts are prepared, ``preprocessor_config.json``; of texts it is empty.
    ``is_start``: of a finished model that another training starts from, whose first weights are that model's.
    """

    config: dict[str, Any]
    directory: Path | None = None
    is_start: bool = False
    processor: dict[str, Any] = field(default_factory=dict)


def registered(name: str, task: Task) -> PretrainedBackbone:
    """The network registered as ``name``. Raises ``EngineFault`` where there is none, or none that learns ``task``."""
    directory, family = registered_directory(name), family_of(task)
    config = _json(name, directory / CONFIG)
    if task not in tasks_of(config):
        kind = config.get("model_type") if isinstance(config, dict) else None
        raise unusable(name, f"it is of the kind {kind}, which does not learn {task}", hint=family.only)
    if not list(directory.glob("*.safetensors")):
        raise unusable(name, "it has no safetensors")
    reads_texts = task.traits.data == DataKind.TEXTS
    if reads_texts and not task.traits.writes and not isinstance(padding_of(config), int):
        raise unusable(name, "its configuration says no id of padding (pad_token_id)")
    processor = {} if reads_texts else _json(name, directory / PROCESSOR_FILE)
    return PretrainedBackbone(config, directory, processor=processor)


def padding_of(config: dict[str, Any]) -> Any:
    """The id with which an encoder of texts pads."""
    default = 1 if config.get("model_type") in PLACES_BEHIND_PADDING - {"esm"} else PADDING
    return config.get("pad_token_id", default)


def _longest(config: dict[str, Any]) -> int | None:
    """Tokens of the longest text: where places count from behind padding's id, some of a table's rows are no places."""
    most = config.get("max_position_embeddings")
    counts_behind = config.get("model_type") in PLACES_BEHIND_PADDING
    if most is None or not counts_behind or config.get("position_embedding_type", "absolute") != "absolute":
        return most
    return int(most) - int(padding_of(config)) - 1


def width_of(base: PretrainedBackbone) -> int:
    """How many numbers an encoder of texts says of a token."""
    return int(base.config["hidden_size" if "hidden_size" in base.config else "dim"])


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


def tokenizer_of(base: PretrainedBackbone, *, name: str, max_length: int, padding: int = PADDING) -> TextTokenizer:
    """The model's own, cut to ``max_length`` tokens, its ``padding`` exchanged with 0.

    Raises ``EngineFault`` where they are more than it can take.
    """
    most = _longest(base.config) or max_length
    if max_length > most:
        raise EngineFault(
            f"{name} reads at most {most} tokens, not {max_length}.",
            code="text_too_long",
            hint=f"Set text.max_length to {most} or less.",
            field="training.text.max_length",
        )
    assert base.directory is not None  # noqa: S101  as ``registered`` has given it
    try:
        text = (base.directory / TOKENIZER).read_text(encoding="utf-8")
        return TextTokenizer.pretrained(text, max_length, padding=padding)
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


def _json(name: str, path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise unusable(name, f"{path.name} cannot be read ({error})") from error
