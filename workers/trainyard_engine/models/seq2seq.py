"""``seq2seq``: encoders that read a text, and decoders that write another with attention to it."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainyard_engine.modalities.text.parallel_corpus import Pair
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.attention import CrossAttention, SelfAttention
from trainyard_engine.models.layers.key_value_cache import KeyValueCache, LayerCache
from trainyard_engine.models.layers.recurrent import packed, recurrent_layers, states_through, unpacked
from trainyard_engine.models.layers.tokens import is_token, token_embedding, weights_of_met
from trainyard_engine.models.registry import architecture
from trainyard_engine.models.transformer import EncoderLayer, sinusoids
from trainyard_spec.architectures.seq2seq import Seq2seqConfig
from trainyard_spec.architectures.transformer import TransformerConfig


@dataclass(frozen=True, slots=True)
class EncoderOutput:
    """What was read: ``places`` (batch, places, width), those of ``mask`` bool (batch, places).

    ``ends`` are each recurrent layer's hidden state and its cell (batch, width) at the end; a transformer has none.
    """

    places: Tensor
    mask: Tensor
    ends: tuple[tuple[Tensor, Tensor], ...] = ()

    def of(self, rows: Tensor) -> "EncoderOutput":
        """The cache of some rows of the batch, int64 (rows,)."""
        ends = tuple((hidden[rows], cell[rows]) for hidden, cell in self.ends)
        return EncoderOutput(self.places[rows], self.mask[rows], ends)


class DecoderState(Protocol):
    """What a decoder keeps of the tokens so far, to write on by one token at a time."""

    def select(self, rows: Sequence[int]) -> None:
        """Goes on with ``rows`` of those there are: some of them, in any order, or one several times."""
        ...


class Seq2seq(nn.Module):
    """A ``Pair`` to logits (batch, tokens, vocabulary) of what comes after each token that is given.

    Both texts and the outputs share the tokens' vectors. What stands behind a token does not change its logits. Tokens
    that training never read, or never wrote, are zeros there.
    """

    is_read: Tensor
    is_written: Tensor

    def __init__(self, width: int, context: BuildContext) -> None:
        super().__init__()
        self.embedding = token_embedding(context.vocabulary, width)
        for name, unmet in (("is_read", context.unmet_tokens), ("is_written", context.unwritten_tokens)):
            self.register_buffer(name, weights_of_met(context.vocabulary, unmet), persistent=False)

    def forward(self, pair: Pair) -> Tensor:
        return self.logits(self.decode(self.encode(pair.source), pair.given))

    @abstractmethod
    def encode(self, source: Tensor) -> EncoderOutput:
        """Encoder states of token ids int (batch, places)."""

    @abstractmethod
    def decode(self, encoded: EncoderOutput, given: Tensor) -> Tensor:
        """(batch, tokens, width), of token ids int (batch, tokens)."""

    @abstractmethod
    def begin(self, encoded: EncoderOutput, *, capacity: int) -> DecoderState:
        """An empty cache, for at most ``capacity`` tokens a sequence."""

    @abstractmethod
    def step(self, state: DecoderState, tokens: Tensor) -> Tensor:
        """(batch, width) behind one more token of each sequence, int (batch,): as ``decode`` has it at its last."""

    def vectors(self, ids: Tensor, is_met: Tensor) -> Tensor:
        """Vectors of tokens, made as large as positions (section 3.4); ``is_met`` is that of the side."""
        vectors: Tensor = self.embedding(ids) * math.sqrt(self.embedding.embedding_dim) * is_met[ids]
        return vectors

    def logits(self, written: Tensor) -> Tensor:
        """(…, vocabulary) of (…, width)."""
        return functional.linear(written, self.embedding.weight)


class DecoderLayer(nn.Module):
    """Attention to the tokens before, attention to what was read, and two dense layers (section 3.1).

    Each is normalized first and added; dropout ends each part.
    """

    def __init__(self, config: TransformerConfig, dropout: float) -> None:
        super().__init__()
        self.attention = SelfAttention(config.d_model, config.num_heads, causal=True)
        self.attention_norm = nn.LayerNorm(config.d_model)
        self.reading = CrossAttention(config.d_model, config.num_heads)
        self.reading_norm = nn.LayerNorm(config.d_model)
        self.feedforward = nn.Sequential(
            nn.Linear(config.d_model, config.d_ff),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(config.d_ff, config.d_model),
        )
        self.feedforward_norm = nn.LayerNorm(config.d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, encoded: EncoderOutput) -> Tensor:
        return self.attended(x, self.reading.read(encoded.places), encoded.mask)

    def attended(self, x: Tensor, read: tuple[Tensor, Tensor], mask: Tensor, cache: LayerCache | None = None) -> Tensor:
        """As ``forward``, of what ``reading.read`` has made of the text; ``cache`` is of the tokens before."""
        x = x + self.dropout(self.attention(self.attention_norm(x), cache=cache))
        x = x + self.dropout(self.reading.attend(self.reading_norm(x), read, mask))
        outputs: Tensor = x + self.dropout(self.feedforward(self.feedforward_norm(x)))
        return outputs


@dataclass(slots=True)
class TransformerState:
    """``read`` are each layer's keys and values of the text (batch, heads, places, head width)."""

    cache: KeyValueCache
    read: list[tuple[Tensor, Tensor]]
    mask: Tensor

    def select(self, rows: Sequence[int]) -> None:
        """See ``DecoderState``."""
        self.cache.select(rows)
        if list(rows) == list(range(len(self.mask))):
            return
        chosen = torch.tensor(rows, device=self.mask.device)
        self.read = [(keys[chosen], values[chosen]) for keys, values in self.read]
        self.mask = self.mask[chosen]


class TransformerSeq2seq(Seq2seq):
    positions: Tensor

    def __init__(self, config: Seq2seqConfig, context: BuildContext) -> None:
        super().__init__(config.d_model, context)
        layer = TransformerConfig(
            d_model=config.d_model, num_heads=config.num_heads, d_ff=4 * config.d_model, norm="pre", activation="relu"
        )
        self.register_buffer("positions", sinusoids(context.input_shape[0], config.d_model), persistent=False)
        self.dropout = nn.Dropout(context.dropout)
        self.encoder = nn.ModuleList(EncoderLayer(layer, context.dropout) for _ in range(config.num_layers))
        self.encoder_norm = nn.LayerNorm(config.d_model)
        self.decoder = nn.ModuleList(DecoderLayer(layer, context.dropout) for _ in range(config.num_layers))
        self.decoder_norm = nn.LayerNorm(config.d_model)

    def encode(self, source: Tensor) -> EncoderOutput:
        x, mask = self._placed(self.vectors(source, self.is_read)), is_token(source)
        for layer in self.encoder:
            x = layer(x, mask)
        return EncoderOutput(self.encoder_norm(x), mask)

    def decode(self, encoded: EncoderOutput, given: Tensor) -> Tensor:
        x = self._placed(self.vectors(given, self.is_written))
        for layer in self.decoder:
            x = layer(x, encoded)
        written: Tensor = self.decoder_norm(x)
        return written

    def begin(self, encoded: EncoderOutput, *, capacity: int) -> TransformerState:
        cache = KeyValueCache(len(self.decoder), capacity=capacity, device=encoded.mask.device)
        cache.begin([0] * len(encoded.mask))
        read = [layer.reading.read(encoded.places) for layer in self._decoder_layers]
        return TransformerState(cache, read, encoded.mask)

    def step(self, state: DecoderState, tokens: Tensor) -> Tensor:
        assert isinstance(state, TransformerState)  # noqa: S101  as ``begin`` has made it
        places = state.cache.place_next()
        x = (self.vectors(tokens, self.is_written) + self.positions[places])[:, None]
        for layer, read, cache in zip(self._decoder_layers, state.read, state.cache.layers, strict=True):
            x = layer.attended(x, read, state.mask, cache)
        state.cache.advance()
        written: Tensor = self.decoder_norm(x[:, 0])
        return written

    @property
    def _decoder_layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.decoder if isinstance(layer, DecoderLayer)]

    def _placed(self, vectors: Tensor) -> Tensor:
        placed: Tensor = self.dropout(vectors + self.positions[: vectors.shape[1]])
        return placed


@dataclass(slots=True)
class LstmState:
    """Each layer's hidden state and its cell, both (1, batch, width), and what ``score`` has made of the text."""

    layers: list[tuple[Tensor, Tensor]]
    encoded: EncoderOutput
    scored: Tensor

    def select(self, rows: Sequence[int]) -> None:
        """See ``DecoderState``."""
        if list(rows) == list(range(len(self.scored))):
            return
        chosen = torch.tensor(rows, device=self.scored.device)
        self.layers = [(hidden[:, chosen], cell[:, chosen]) for hidden, cell in self.layers]
        self.encoded, self.scored = self.encoded.of(chosen), self.scored[chosen]


class LstmSeq2seq(Seq2seq):
    """The decoder's layers begin with the states in which the encoder's ended; dropout precedes every layer."""

    def __init__(self, config: Seq2seqConfig, context: BuildContext) -> None:
        width = config.d_model
        super().__init__(width, context)
        self.dropout = nn.Dropout(context.dropout)
        self.encoder = recurrent_layers("lstm", width, width // 2, layers=config.num_layers, bidirectional=True)
        self.decoder = recurrent_layers("lstm", width, width, layers=config.num_layers, bidirectional=False)
        self.score = nn.Linear(width, width, bias=False)
        self.combine = nn.Linear(2 * width, width, bias=False)

    def encode(self, source: Tensor) -> EncoderOutput:
        mask = is_token(source)
        read, states = states_through(self.encoder, packed(self.vectors(source, self.is_read), mask), self.dropout)
        # Both directions side by side: (directions, batch, width / 2) to (batch, width).
        ends = tuple((torch.cat(tuple(hidden), dim=1), torch.cat(tuple(cell), dim=1)) for hidden, cell in states)
        return EncoderOutput(unpacked(read, mask), mask, ends)

    def decode(self, encoded: EncoderOutput, given: Tensor) -> Tensor:
        return self._written(self.begin(encoded, capacity=given.shape[1]), given)

    def begin(self, encoded: EncoderOutput, *, capacity: int) -> LstmState:
        layers = [(hidden[None].contiguous(), cell[None].contiguous()) for hidden, cell in encoded.ends]
        return LstmState(layers, encoded, self.score(encoded.places))

    def step(self, state: DecoderState, tokens: Tensor) -> Tensor:
        assert isinstance(state, LstmState)  # noqa: S101  as ``begin`` has made it
        return self._written(state, tokens[:, None])[:, 0]

    def _written(self, state: LstmState, given: Tensor) -> Tensor:
        """(batch, tokens, width) behind more tokens int (batch, tokens), after which ``state`` is that of the last."""
        x, encoded = self.vectors(given, self.is_written), state.encoded
        for place, layer in enumerate(self.decoder):
            x, state.layers[place] = layer(self.dropout(x), state.layers[place])
        # Equations 7, 8 and 5: scores hᵀ W h̄, the mean of what was read weighted by them, and tanh(W [c; h]).
        scores = x @ state.scored.transpose(1, 2)
        weights = scores.masked_fill(~encoded.mask[:, None, :], -torch.inf).softmax(dim=2)
        combined = torch.tanh(self.combine(torch.cat((weights @ encoded.places, x), dim=2)))
        written: Tensor = self.dropout(combined)
        return written


VARIANTS = {"transformer": TransformerSeq2seq, "lstm": LstmSeq2seq}


@architecture("seq2seq")
def build(config: Seq2seqConfig, context: BuildContext) -> nn.Module:
    return VARIANTS[config.variant](config, context)
