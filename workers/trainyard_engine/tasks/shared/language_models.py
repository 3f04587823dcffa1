"""Pretrained causal language models: what their tasks share."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.language_models import language_tokenizer, own_facts, registered_language_model
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.text.chat_template import ChatTokenizer
from trainyard_engine.modalities.text.token_examples import TokenExamples
from trainyard_engine.models.causal_lm import CausalLm, TokenInputs, are_adapters
from trainyard_engine.tasks.handler import Inheritance, Preprocessing
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.pretrained_models import longest_context
from trainyard_spec.resolution import example_length
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec

READABLE = 1 << 17
"""Tokens that a model reads which states no most."""


class TokenEncoder:
    """The arrays of a ``TokenSource``, or of ``AnswerSource``, as what a ``CausalLm`` is called with."""

    def __init__(self, max_length: int, *, compares: bool = False, has_reference: bool = False) -> None:
        self.shape = (max_length,)
        self._compares = compares
        self._has_reference = has_reference

    def __call__(self, raw: tuple[Tensor, ...]) -> TokenInputs:
        ids, segments, target = raw
        return TokenInputs(ids, segments, target, self._compares, self._has_reference)


def longest_of(preprocessing: Preprocessing) -> int:
    """The most tokens of an example: what its base's tokenizer is cut to."""
    return preprocessing.writers_tokenizer.max_length


def base_of(spec: TrainingSpec, start: Inheritance | None = None) -> Preprocessing:
    """The registered model of ``spec``, or the one that it starts from where that has all of its weights.

    With its tokenizer. Raises ``EngineFault``.
    """
    assert isinstance(spec.architecture, CausalLmConfig)  # noqa: S101  as its task has no other
    name, known = spec.architecture.model, None
    if start and start.preprocessing.base and not are_adapters(start.weights):
        base, known = start.preprocessing.base, start.preprocessing.writers_tokenizer
    else:
        base = registered_language_model(name)
    longest = example_length(spec, context=longest_context(base.config))
    field = "training.text.max_length" if spec.task == Task.LANGUAGE_MODELLING else "training.tuning.max_length"
    tokenizer = language_tokenizer(base, name=name, max_length=longest, field=field, known=known)
    return Preprocessing(Statistics(), tokenizer, base=base)


def chat_tokenizer(preprocessing: Preprocessing) -> ChatTokenizer:
    """What renders and encodes conversations for the base."""
    assert preprocessing.base is not None  # noqa: S101  as ``base_of`` has given it
    return ChatTokenizer(preprocessing.writers_tokenizer.to_json(), own_facts(preprocessing.base))


def network_of(model: LoadedModel) -> CausalLm:
    """The network, which is one of the registered language models."""
    assert isinstance(model.network, CausalLm)  # noqa: S101  as the architecture says
    return model.network


def token_remarks(examples: TokenExamples, *, thing: str, max_length: int) -> tuple[str, ...]:
    """What a customer should know of examples as tokens: how many there are, and what was cut."""
    total, learnt, count = len(examples.ids), int(examples.is_learnt.sum()), len(examples.offsets) - 1
    remarks = [f"{count:,} {thing} have {total:,} tokens, of which {learnt:,} are learnt."]
    if examples.truncated:
        left_out = int(examples.empty.sum())
        remarks.append(
            f"{examples.truncated:,} of them are longer than {max_length:,} tokens and were cut at their end"
            + (f"; {left_out:,} then have nothing to learn and are left out." if left_out else ".")
        )
    return tuple(remarks)


def rows_of(dataset: Dataset) -> Rows:
    """All of its rows."""
    return np.arange(dataset.compiled.rows)


def generated(
    model: LoadedModel,
    prompts: list[list[int]],
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
    num_beams: int = 1,
    length_penalty: float = 1.0,
    network: Any = None,
) -> list[list[int]]:
    """What the model, or another ``network``, writes after each of ``prompts``: token ids without what ends it.

    ``num_beams`` over 1 searches by beams, with ``length_penalty``, and draws nothing.
    It ends at the most tokens that the model can read; of a prompt that leaves no room the last ones are read.
    """
    network = network or network_of(model).lm
    end = chat_tokenizer(model.preprocessing).token_id("eos_token")
    settings = _decoding(temperature=temperature, num_beams=num_beams, length_penalty=length_penalty)
    answers = []
    places = getattr(network.config, "max_position_embeddings", None) or READABLE
    for whole in prompts:
        prompt = whole[-(places - 1) :]
        ids = torch.tensor([prompt], device=model.compute.device)
        with torch.random.fork_rng(), torch.inference_mode(), model.compute.autocast():
            torch.manual_seed(seed)
            found = network.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=min(max_new_tokens, places - len(prompt)),
                eos_token_id=end,
                pad_token_id=end if end is not None else 0,
                **settings,
            )[0, len(prompt) :].tolist()
        answers.append([token for token in found if token != end])
    return answers


def _decoding(*, temperature: float, num_beams: int, length_penalty: float) -> dict[str, Any]:
    """Arguments of ``generate``: greedy decoding, sampling or beam search."""
    settings: dict[str, Any] = {"do_sample": False}
    if temperature:
        settings = {"do_sample": True, "temperature": temperature, "top_k": 0}
    if num_beams > 1:
        settings |= {"num_beams": num_beams, "length_penalty": length_penalty}
    return settings
