"""Embedding models in the layouts of ``transformers`` and of sentence-transformers: they load without this engine.

``config.json``, safetensors and the tokenizer are those of the encoder; ``modules.json``, with a directory for each
module behind it, says how its outputs are pooled and brought to length 1.
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from trainyard_engine.core.atomic_io import write_described
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.models.pretrained.texts import PretrainedTexts
from trainyard_spec.engine_protocol import TOKENIZER_FILE

POOLING, NORMALIZE = "1_Pooling", "2_Normalize"
MODULES = (("", "Transformer"), (POOLING, "Pooling"), (NORMALIZE, "Normalize"))
"""The directory and the kind of each, in the order in which they follow one another."""


def export_encoder(model: LoadedModel, directory: Path) -> None:
    """Writes the encoder of ``model`` with its tokenizer into ``directory``.

    Raises ``EngineFault`` for a network that is no pretrained one: no other library knows its layers.
    """
    network = model.network
    if not isinstance(network, PretrainedTexts):
        message = "Only pretrained networks are exported: no other library knows the layers of this one."
        raise invalid_input(message, code="not_exported", field="model")
    reader = Tokenizer.from_str(model.preprocessing.writers_tokenizer.to_json())
    longest = model.preprocessing.writers_tokenizer.max_length
    reader.no_padding()
    directory.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(directory)
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(MODULES)
    ]
    contents: dict[str, Any] = {
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": reader.id_to_token(model.preprocessing.writers_tokenizer.padding),
            "model_max_length": longest,
        },
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": longest, "do_lower_case": False},
        f"{POOLING}/config.json": {
            "word_embedding_dimension": model.objective.outputs,
            "pooling_mode_cls_token": network.pooling == "cls",
            "pooling_mode_mean_tokens": network.pooling == "mean",
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    }
    for name in (POOLING, NORMALIZE):
        (directory / name).mkdir(exist_ok=True)
    for name, content in contents.items():
        write_described(directory / name, json.dumps(content, indent=2).encode())
    write_described(directory / TOKENIZER_FILE, reader.to_str(pretty=True).encode())
