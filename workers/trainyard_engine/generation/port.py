"""The port of generation: prompts as token ids in, tokens out as they are sampled.

Names and defaults are those of OpenAI's completions where they have one. Whoever serves or evaluates a language model
talks to a ``GenerationEngine`` and knows neither transformers nor vLLM.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

MOST_TOP_LOGPROBS = 20
BASE = ""
"""Names no adapter: the base model itself."""


class FinishReason(StrEnum):
    """``stop``: the model ended the text, or a stop sequence came. ``length``: no more tokens were asked or fit."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParameters:
    """How the next token is chosen.

    Attributes
    ----------
    max_tokens
        Tokens that are generated at most.
    temperature
        Divides the logits; 0 takes the likeliest token (greedy decoding).
    top_p
        Nucleus sampling (Holtzman et al. 2020): the likeliest tokens whose probabilities reach ``top_p``, of (0, 1].
    top_k
        Only the ``top_k`` likeliest tokens (Fan et al. 2018); 0: all.
    stop
        Texts that end the generation; they are not part of the answer.
    stop_token_ids
        Tokens that do so, beside those that end a text by the model's own configuration.
    seed
        With the token's place it decides each draw: the same seed gives the same text, whoever shares the batch.
    top_logprobs
        So many of the likeliest tokens are told with each token.
    ignore_end
        Goes on behind the model's own end of text, as measurements do.
    """

    max_tokens: int = 16
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    seed: int = 0
    top_logprobs: int = 0
    ignore_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """A sequence to generate behind ``prompt``, token ids, with the adapter loaded as ``adapter``."""

    prompt: tuple[int, ...]
    sampling: SamplingParameters
    adapter: str = BASE


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """``logprob``: natural logarithm of the probability that the model gives, before temperature and truncation."""

    token_id: int
    logprob: float


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One token of the sequence ``sequence``, which is the place of its request.

    ``text`` is what is now certain to belong to the answer: a token may complete nothing that can be read yet, and what
    may be the beginning of a stop sequence is held back. The texts of all events of a sequence make the answer.
    """

    sequence: int
    token: TokenLogprob
    text: str = ""
    top: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None


class GenerationEngine(Protocol):
    """Generates with one base model and any number of LoRA adapters of it, all in one process."""

    @property
    def max_context(self) -> int:
        """Tokens of a prompt and what is generated behind it, at most."""
        ...

    def load_adapter(self, name: str, directory: Path) -> None:
        """Loads the adapter in ``directory``, in peft's layout. Raises ``EngineFault`` if it does not fit."""
        ...

    def unload_adapter(self, name: str) -> None:
        """Forgets the adapter and frees its memory."""
        ...

    def generate(self, requests: Sequence[GenerationRequest]) -> Generator[TokenEvent]:
        """The tokens of all ``requests`` as they come; the last one of each has a ``finish_reason``.

        ``close`` of the generator ends what is under way: no token is computed for nobody.

        Raises ``EngineFault``, before the first token, for a request that cannot be served.
        """
        ...

    def prompt_logprobs(
        self, prompts: Sequence[tuple[int, ...]], *, adapter: str = BASE, top: int = 0
    ) -> list[list[tuple[TokenLogprob, tuple[TokenLogprob, ...]]]]:
        """For the second token of each prompt and those behind it: its log-probability, and the ``top`` likeliest."""
        ...
