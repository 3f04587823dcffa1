"""Registered networks that translate: what of a directory trains, and the ids of its special tokens."""

import json
import re
from typing import Any

from tokenizers import Tokenizer, processors

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.core.pretrained_backbones import TOKENIZER, PretrainedBackbone, registered, unusable
from trainyard_engine.modalities.text.special_ids import LANGUAGE, NAMES, SpecialIds
from trainyard_engine.modalities.text.tokenizer import TextTokenizer
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.pretrained_models import CODED_TRANSLATORS
from trainyard_spec.tasks import Task

OLD_MBART = "MBartTokenizer"
LANGUAGE_CODE = re.compile(r"^(__)?[a-z]{2,3}([_-][A-Za-z]{2,4})?(__)?$")
NAMED = 8

CONVERT = (
    f"Ask the operator to write a {TOKENIZER} beside it, as the fast tokenizers of transformers are saved: "
    "tokenizers that need code of their own are not read."
)


def registered_translator(config: PretrainedConfig) -> PretrainedBackbone:
    """The network that ``config`` names. Raises ``EngineFault`` where there is none that translates."""
    name = config.model
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


def with_languages(
    base: PretrainedBackbone, tokenizer: TextTokenizer, config: PretrainedConfig
) -> tuple[PretrainedBackbone, TextTokenizer]:
    """Tokenizer of a network that knows several languages, for both of ``config``: each text begins with its code.

    Raises ``EngineFault`` where codes are missing, unknown, or of no use to the network.
    """
    named = {"source_language": config.source_language, "target_language": config.target_language}
    if base.config.get("model_type") not in CODED_TRANSLATORS:
        for field, code in named.items():
            if code is not None:
                raise _refused(field, f"{config.model} knows no codes of languages.", "Leave it out.")
        return base, tokenizer
    if _class_of(base) == OLD_MBART:
        reason = "its codes stand behind its texts, which is not followed here"
        raise unusable(config.model, reason, hint="Models such as mBART-50 and NLLB can be trained.")
    reader = Tokenizer.from_str(tokenizer.to_json())
    ids: dict[str, int] = {}
    for field, code in named.items():
        found = None if code is None else reader.token_to_id(code)
        if found is None or found not in tokenizer.special:
            what = f"{config.model} has no language {code}." if code else f"{config.model} has to be told the {field}."
            known = sorted(
                token
                for token in (reader.id_to_token(each) or "" for each in tokenizer.special)
                if LANGUAGE_CODE.search(token)
            )
            raise _refused(field, what, f"It has {', '.join(known[:NAMED])}{', …' if len(known) > NAMED else ''}.")
        ids[field] = found
    end = base.config["eos_token_id"]
    special = [(str(config.source_language), ids["source_language"]), (reader.id_to_token(end), end)]
    single = f"{special[0][0]} $A {special[1][0]}"
    reader.post_processor = processors.TemplateProcessing(single=single, special_tokens=special)
    told = {**base.config, LANGUAGE: ids["target_language"]}
    return PretrainedBackbone(told, base.directory), TextTokenizer(reader)


def _class_of(base: PretrainedBackbone) -> str | None:
    """What the tokenizer's settings beside the network call it."""
    assert base.directory is not None  # noqa: S101  as it was registered
    try:
        settings = json.loads((base.directory / "tokenizer_config.json").read_bytes())
    except (OSError, ValueError):
        return None
    return str(settings.get("tokenizer_class", "")).removesuffix("Fast")


def _refused(field: str, message: str, hint: str) -> EngineFault:
    return invalid_input(message, code="unknown_language", hint=hint, field=f"architecture.{field}")


def require_special_ids(base: PretrainedBackbone, tokenizer: TextTokenizer, *, name: str) -> None:
    """Raises ``EngineFault`` unless the network says how texts begin, end and are padded, and has all its tokens."""
    try:
        special = SpecialIds.of(base.config, unknown=tokenizer.unknown)
    except ValueError as error:
        raise unusable(name, str(error)) from error
    words = base.config.get("vocab_size")
    if not isinstance(words, int) or max(tokenizer.vocabulary, special.padding + 1, special.end + 1) > words:
        raise unusable(name, f"its tokenizer has {tokenizer.vocabulary} tokens, and the network knows {words}")
