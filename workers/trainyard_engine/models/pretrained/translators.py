"""Translators: an encoder and a decoder (Marian, T5, BART) with the head that they were trained with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.modalities.text.parallel_corpus import Pair
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.pretrained.network import Pretrained, config_of, loaded
from trainyard_spec.architectures.pretrained import PretrainedConfig

DROPOUTS = ("dropout_rate", "activation_dropout")
UNDRAWN = ("encoder_layerdrop", "decoder_layerdrop")
"""Layers that are left out at random, by a generator that no step of a training could be repeated with."""


@dataclass(slots=True)
class TranslatorState:
    """The text as it was read, (batch, places, width), its ``mask``, and the ``cache`` of what is written so far."""

    places: Tensor
    mask: Tensor
    cache: Any

    def select(self, rows: Sequence[int]) -> None:
        """Goes on with ``rows`` of those there are: some of them, in any order, or one several times."""
        if list(rows) == list(range(len(self.mask))):
            return
        chosen = torch.tensor(rows, device=self.mask.device)
        self.places, self.mask = self.places[chosen], self.mask[chosen]
        self.cache.reorder_cache(chosen)


class PretrainedTranslator(Pretrained):
    """A ``Pair`` to logits (batch, tokens, vocabulary) of what comes after each token that is given.

    Weights that inputs and outputs share are kept once, under the first of their names.
    """

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        from transformers import AutoModelForSeq2SeqLM

        super().__init__()
        known = config_of(base, dropout=context.dropout)
        for name in (*DROPOUTS, *UNDRAWN):
            if hasattr(known, name):
                setattr(known, name, 0.0 if name in UNDRAWN else context.dropout)
        self.network: Any = loaded(AutoModelForSeq2SeqLM, known, base, whole=True)
        self._padding: int = base.config["pad_token_id"]
        self.vocabulary: int = known.vocab_size
        self.adapt(self.network, config, base, head=self.network.get_output_embeddings())

    def forward(self, pair: Pair) -> Tensor:
        source, given = pair.source.long(), pair.given.long()
        mask = (source != self._padding).long()
        # No mask of what is given: padding stands behind its end, where no token before looks.
        logits: Tensor = self.network(
            input_ids=source, attention_mask=mask, decoder_input_ids=given, use_cache=False
        ).logits
        return logits

    def begin(self, source: Tensor) -> TranslatorState:
        """What has been read of ``source`` int (batch, places), with nothing written yet."""
        from transformers import DynamicCache, EncoderDecoderCache

        mask = (source != self._padding).long()
        places = self.network.get_encoder()(input_ids=source.long(), attention_mask=mask).last_hidden_state
        return TranslatorState(places, mask, EncoderDecoderCache(DynamicCache(), DynamicCache()))

    def step(self, state: TranslatorState, tokens: Tensor) -> Tensor:
        """Logits (batch, vocabulary) of what comes after one more token of each text, int (batch,)."""
        from transformers.modeling_outputs import BaseModelOutput

        logits: Tensor = self.network(
            encoder_outputs=BaseModelOutput(last_hidden_state=state.places),
            attention_mask=state.mask,
            decoder_input_ids=tokens[:, None],
            past_key_values=state.cache,
            use_cache=True,
        ).logits
        return logits[:, -1]

    @property
    def numbers_a_token(self) -> int:
        """Keys and values of both texts in every layer of the decoder."""
        config = self.network.config
        layers: int = getattr(config, "decoder_layers", None) or config.num_decoder_layers
        width: int = config.d_model
        return 4 * layers * width

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        found = super().state_dict(*args, **kwargs)
        return {name: tensor for name, tensor in found.items() if name not in self._twins()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        twins = {name: state_dict[first] for name, first in self._twins().items() if first in state_dict}
        return super().load_state_dict({**state_dict, **twins}, strict, assign)

    def _twins(self) -> dict[str, str]:
        """The further names of weights, by which each is the same as that of a first name."""
        first: dict[int, str] = {}
        named = list(self.named_parameters(remove_duplicate=False))
        for name, weight in named:
            first.setdefault(id(weight), name)
        return {name: first[id(weight)] for name, weight in named if first[id(weight)] != name}
