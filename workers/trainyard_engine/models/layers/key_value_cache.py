"""Key/value cache of incremental decoding: what self-attention needs of the tokens before (Pope et al., 2023, §2.1)."""

from collections.abc import Sequence

import torch
from torch import Tensor


class LayerCache:
    """Keys and values of one attention layer, each (rows, heads, capacity, head width)."""

    def __init__(self, cache: "KeyValueCache") -> None:
        self._cache = cache
        self._keys: Tensor | None = None
        self._values: Tensor | None = None

    @property
    def mask(self) -> Tensor | None:
        """bool (rows, 1, 1, places): which of the places each row attends to; None: all."""
        return self._cache.mask

    @property
    def is_first(self) -> bool:
        """Whether what is read are whole beginnings, which attend to nothing but themselves."""
        return not self._cache.longest

    def extended(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Stores ``keys`` and ``values`` (rows, heads, tokens, head width); all up to the longest row's."""
        if self._keys is None or self._values is None:
            rows, heads, tokens, width = keys.shape
            shape = (rows, heads, self._cache.capacity, width)
            self._keys, self._values = keys.new_zeros(shape), values.new_zeros(shape)
            self._keys[:, :, :tokens], self._values[:, :, :tokens] = keys, values
            return keys, values
        rows_of, places = self._cache.next_places
        self._keys[rows_of, :, places] = keys[:, :, 0]
        self._values[rows_of, :, places] = values[:, :, 0]
        end = self._cache.longest + 1
        return self._keys[:, :, :end], self._values[:, :, :end]

    def select(self, rows: Tensor) -> None:
        """See ``KeyValueCache.select``."""
        if self._keys is not None and self._values is not None:
            self._keys = self._selected(self._keys, rows)
            self._values = self._selected(self._values, rows)

    def _selected(self, stored: Tensor, rows: Tensor) -> Tensor:
        found = stored.new_zeros((len(rows), *stored.shape[1:]))
        found[:, :, : self._cache.longest] = stored[rows, :, : self._cache.longest]
        return found


class KeyValueCache:
    """Key/value cache of all layers of a decoder, for sequences of different lengths.

    First whole beginnings are read, padded behind their ends; then each row goes on by one token at a time, which is
    stored behind its own end, over the padding.

    Parameters
    ----------
    layers
        Attention layers of the decoder.
    capacity
        Most tokens of a sequence.
    """

    def __init__(self, layers: int, *, capacity: int, device: torch.device) -> None:
        self.capacity = capacity
        self.layers = [LayerCache(self) for _ in range(layers)]
        self.mask: Tensor | None = None
        self.next_places: tuple[Tensor, Tensor] = (torch.zeros(0), torch.zeros(0))
        self._lengths: list[int] = []
        self._device = device

    @property
    def longest(self) -> int:
        """Tokens of the longest row so far."""
        return max(self._lengths, default=0)

    def begin(self, lengths: Sequence[int]) -> None:
        """Says, after beginnings have been read, how many tokens each row has without its padding."""
        self._lengths = list(lengths)

    def place_next(self) -> Tensor:
        """Makes room for one more token of each row; the places of these, int64 (rows,)."""
        places = torch.tensor(self._lengths, device=self._device)
        self.next_places = (torch.arange(len(self._lengths), device=self._device), places)
        self.mask = None
        if min(self._lengths) < self.longest:
            self.mask = (torch.arange(self.longest + 1, device=self._device) <= places[:, None])[:, None, None]
        return places

    def advance(self) -> None:
        """Says that one more token of each row has been read by all layers."""
        self._lengths = [length + 1 for length in self._lengths]

    def select(self, rows: Sequence[int]) -> None:
        """Goes on with ``rows`` of those there are: some of them, in any order, or one several times."""
        if list(rows) == list(range(len(self._lengths))):
            return
        self._lengths = [self._lengths[row] for row in rows]
        chosen = torch.tensor(rows, device=self._device)
        for layer in self.layers:
            layer.select(chosen)
