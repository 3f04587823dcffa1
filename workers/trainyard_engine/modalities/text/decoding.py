"""Decodes any number of texts, a bounded number of them together: greedily, by draws, or by beam search."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from trainyard_engine.modalities.text.beam_search import beam_search
from trainyard_engine.modalities.text.generation import Decoder, Generation, generate
from trainyard_engine.modalities.text.tokenizer import END

MOST_CACHED_NUMBERS = 1 << 26
"""In what decoders keep of texts that are decoded together: 256 MiB of float32."""


def decode(
    generations: Sequence[Generation],
    decoder_of: Callable[[Sequence[int]], Decoder],
    *,
    at_once: int,
    numbers_a_token: int,
    never: Tensor,
    end: int = END,
    read: Sequence[int] = (),
) -> None:
    """Decodes all ``generations``, those of one number of beams together.

    Parameters
    ----------
    decoder_of
        Makes the decoder of some of them, told by their places.
    at_once
        Most rows, of which a text has as many as beams, that a decoder is asked for.
    numbers_a_token
        What a decoder keeps of each token, of as many as the longest of its texts may have.
    never
        Ids int64 that are not generated.
    end
        Id of the token that ends a text.
    read
        Of each of ``generations`` the tokens of what it is written from, where that is no part of its prompt.
    """
    lengths = [most_tokens(generation) for generation in generations]
    if read:
        lengths = [max(both) for both in zip(lengths, read, strict=True)]
    with torch.inference_mode():
        for places in _batches(generations, lengths, at_once=at_once, numbers_a_token=numbers_a_token):
            chosen = [generations[place] for place in places]
            search = beam_search if chosen[0].num_beams > 1 else generate
            search(chosen, decoder_of(places), never=never, end=end)


def _batches(
    generations: Sequence[Generation], lengths: Sequence[int], *, at_once: int, numbers_a_token: int
) -> Iterator[list[int]]:
    for num_beams in dict.fromkeys(generation.num_beams for generation in generations):
        alike = [place for place, generation in enumerate(generations) if generation.num_beams == num_beams]
        # Beside longer ones, short texts would take as much memory as these.
        alike.sort(key=lambda place: lengths[place])
        longest = lengths[alike[-1]]
        size = max(1, min(at_once, MOST_CACHED_NUMBERS // (numbers_a_token * longest)) // num_beams)
        yield from (alike[begin : begin + size] for begin in range(0, len(alike), size))


def most_tokens(generation: Generation) -> int:
    """Tokens that a text has at most when it has ended, its prompt included."""
    return len(generation.prompt) + generation.max_new_tokens
