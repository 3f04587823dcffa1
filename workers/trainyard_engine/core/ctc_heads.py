"""The head of a registered network that spells already: what of it serves another alphabet."""

import json
from collections.abc import Sequence

import safetensors
import torch
from torch import Tensor, nn

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_spec.datasets import BLANK

VOCABULARY = "vocab.json"
SPACE = "|"
"""What the tokenizers of such networks write between words."""
HEAD = ("lm_head.weight", "lm_head.bias")


def take_over_characters(head: nn.Linear, base: PretrainedBackbone, alphabet: Sequence[str]) -> None:
    """Sets the outputs of ``head`` for those characters of ``alphabet`` that the registered network spells, too.

    Output 0 is its blank, output i ``alphabet[i - 1]``; letters count in either case. Other outputs stay as they were
    drawn, and all do where the network has no such head.
    """
    known = _known_outputs(base)
    if known is None:
        return
    vocabulary, weight, bias = known
    sources = [base.config.get("pad_token_id", 0), *(_number(vocabulary, character) for character in alphabet)]
    with torch.no_grad():
        for place, source in enumerate(sources, start=BLANK):
            if source is not None and source < len(weight):
                head.weight[place] = weight[source].to(head.weight)
                head.bias[place] = bias[source].to(head.bias)


def _number(vocabulary: dict[str, int], character: str) -> int | None:
    forms = (SPACE,) if character == " " else (character, character.upper(), character.lower())
    return next((vocabulary[form] for form in forms if form in vocabulary), None)


def _known_outputs(base: PretrainedBackbone) -> tuple[dict[str, int], Tensor, Tensor] | None:
    """Its vocabulary, and the weights and biases that tell it; None where it has none of its own."""
    if base.directory is None or not (base.directory / VOCABULARY).is_file():
        return None
    found: dict[str, Tensor] = {}
    for path in sorted(base.directory.glob("*.safetensors")):
        with safetensors.safe_open(path, framework="pt") as file:
            found |= {name: file.get_tensor(name) for name in HEAD if name in file.keys()}  # noqa: SIM118  no mapping
    if found.keys() != set(HEAD):
        return None
    vocabulary: dict[str, int] = json.loads((base.directory / VOCABULARY).read_bytes())
    return vocabulary, found[HEAD[0]], found[HEAD[1]]
