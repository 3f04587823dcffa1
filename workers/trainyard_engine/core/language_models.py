"""Causal language models that an operator has registered: what of a directory trains, and how chats are written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.core.pretrained_backbones import (
    CONFIG,
    TOKENIZER,
    PretrainedBackbone,
    registered_directory,
    unusable,
)
from trainyard_engine.modalities.text.tokenizer import TextTokenizer
from trainyard_spec.pretrained_models import LANGUAGE_FAMILY, longest_context

OWN = "trainyard"
"""Key, in the configuration that a finished model keeps, of what is not in the base's ``config.json``."""
ENDS = 1 << 20
"""Bytes at both ends of a file of weights that tell it from others: reading all of a large one would take minutes."""
SPECIAL = ("bos_token", "eos_token", "pad_token")


def registered_language_model(name: str) -> PretrainedBackbone:
    """The model registered as ``name``. Raises ``EngineFault`` where there is none, or none that writes texts."""
    directory = registered_directory(name)
    config = _json(name, directory / CONFIG)
    if not LANGUAGE_FAMILY.holds(config):
        kind = config.get("model_type") if isinstance(config, dict) else None
        raise unusable(name, f"it is of the kind {kind}, which writes no texts here", hint=LANGUAGE_FAMILY.only)
    if not list(directory.glob("*.safetensors")):
        raise unusable(name, "it has no safetensors")
    if not (directory / TOKENIZER).is_file():
        raise unusable(name, f"it has no {TOKENIZER}")
    return PretrainedBackbone({**config, OWN: _own(name, directory)}, directory)


def language_tokenizer(
    base: PretrainedBackbone, *, name: str, max_length: int, field: str, known: TextTokenizer | None = None
) -> TextTokenizer:
    """The model's own, or the ``known`` one of a finished model, cut to ``max_length`` tokens, as ``field`` says.

    Raises ``EngineFault`` where they are more than it can take.
    """
    most = longest_context(base.config) or max_length
    if max_length > most:
        raise EngineFault(
            f"{name} reads at most {most} tokens, not {max_length}.",
            code="text_too_long",
            hint=f"Set max_length to {most} or less.",
            field=field,
        )
    if known:
        return TextTokenizer.pretrained(known.to_json(), max_length)
    assert base.directory is not None  # noqa: S101  as it was registered
    try:
        return TextTokenizer.pretrained((base.directory / TOKENIZER).read_text(encoding="utf-8"), max_length)
    except (OSError, ValueError) as error:
        raise unusable(name, f"{TOKENIZER} cannot be read ({error})") from error


def own_facts(base: PretrainedBackbone) -> dict[str, Any]:
    """``model``, ``fingerprint``, ``chat_template`` (or None), and those of ``SPECIAL`` that it has, as texts."""
    facts: dict[str, Any] = base.config[OWN]
    return facts


def require_same_base(base: PretrainedBackbone, fingerprint: str) -> None:
    """Raises ``EngineFault`` unless the weights of ``base`` are those that adapters were trained on."""
    facts = own_facts(base)
    if facts["fingerprint"] != fingerprint:
        raise invalid_input(
            f"The model registered as {facts['model']} is another than the one that these adapters were trained on.",
            code="other_base",
            hint="Ask the operator to register the same weights under that name.",
            field="architecture.model",
        )


def fingerprint_of(directory: Path) -> str:
    """SHA-256 over configuration, tokenizer, and size and both ends of each file of weights, hexadecimal."""
    digest = hashlib.sha256()
    for name in (CONFIG, TOKENIZER):
        digest.update((directory / name).read_bytes())
    for path in sorted(directory.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}".encode())
        with path.open("rb") as file:
            digest.update(file.read(ENDS))
            file.seek(max(0, size - ENDS))
            digest.update(file.read(ENDS))
    return digest.hexdigest()


def _own(name: str, directory: Path) -> dict[str, Any]:
    settings = _json(name, directory / "tokenizer_config.json") if _has(directory, "tokenizer_config.json") else {}
    template = settings.get("chat_template")
    if _has(directory, "chat_template.jinja"):
        template = (directory / "chat_template.jinja").read_text(encoding="utf-8")
    if isinstance(template, list):
        template = next((one["template"] for one in template if one.get("name") == "default"), None)
    generation = _json(name, directory / "generation_config.json") if _has(directory, "generation_config.json") else {}
    special = {key: _spelled(settings[key]) for key in SPECIAL if settings.get(key)}
    facts = {"model": name, "fingerprint": fingerprint_of(directory), "chat_template": template}
    return {**facts, **special, "generation": generation}


def _spelled(token: Any) -> Any:
    return token.get("content") if isinstance(token, Mapping) else token


def _has(directory: Path, name: str) -> bool:
    return (directory / name).is_file()


def _json(name: str, path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise unusable(name, f"{path.name} cannot be read ({error})") from error
    return found
