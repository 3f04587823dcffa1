"""Requests and answers of text generation, with the field names of OpenAI's completions API."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import ContractModel, Count, Finite, WireModel
from trainyard_spec.splits import Seed

MOST_TOKENS = 16_384
"""Of one answer; the model's own context may end earlier."""
MOST_STOPS = 4
MOST_TOP_LOGPROBS = 20
MOST_MESSAGES = 2_048

TokenId = Annotated[int, Field(ge=0, lt=2**31)]
StopText = Annotated[str, Field(min_length=1, max_length=256)]
Prompt = Annotated[str, Field(min_length=1)] | Annotated[tuple[TokenId, ...], Field(min_length=1)]


class GenerationInput(ContractModel):
    """Request for one completion: of ``messages``, by the model's chat template, or of ``prompt``."""

    former_names: ClassVar[Mapping[str, str]] = {"text": "prompt"}

    messages: tuple[dict[str, Any], ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_MESSAGES,
        description="Chat messages: objects with role (system, user, assistant or tool) and content.",
    )
    tools: tuple[dict[str, Any], ...] = Field(
        default=(), max_length=128, description="Functions as JSON Schema, for the chat template to show to the model."
    )
    prompt: Prompt | None = Field(default=None, description="Text, or token ids, to go on from.")
    max_tokens: int = Field(default=256, ge=1, le=MOST_TOKENS, description="Maximum number of generated tokens.")
    temperature: float = Field(
        default=0.0, ge=0, le=100, description="Sampling temperature; 0 takes the likeliest token (greedy decoding)."
    )
    top_p: float = Field(
        default=1.0, gt=0, le=1, description="Nucleus sampling: the share of probability sampled from."
    )
    top_k: int = Field(default=0, ge=0, description="Top-k sampling: so many of the likeliest tokens; 0: all.")
    stop: tuple[StopText, ...] = Field(
        default=(), max_length=MOST_STOPS, description="Stop sequences, which are not part of the answer."
    )
    seed: Seed = Field(default=0, description="Seed of the draws: the same seed gives the same text.")
    logprobs: bool = Field(default=False, description="Whether to tell the log-probability of each token.")
    top_logprobs: int = Field(
        default=0, ge=0, le=MOST_TOP_LOGPROBS, description="So many of the likeliest tokens at each place, too."
    )

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.messages is None) == (self.prompt is None):
            raise ValueError("give either messages or a prompt")
        if self.messages is not None:
            for number, message in enumerate(self.messages):
                _check_message(number, message)
        return self


ROLES = ("system", "developer", "user", "assistant", "tool")


def _check_message(number: int, message: dict[str, Any]) -> None:
    if message.get("role") not in ROLES:
        raise ValueError(f"message {number} has no role of {', '.join(ROLES)}")
    content = message.get("content")
    if not isinstance(content, str) and not (content is None and message["role"] == "assistant"):
        raise ValueError(f"message {number} has no content that is text")


class AlternativeToken(WireModel):
    """Alternative token. ``bytes`` are its UTF-8 bytes, and ``None`` where the token is part of a character."""

    token: str
    bytes: tuple[int, ...] | None
    logprob: Finite


class GeneratedToken(AlternativeToken):
    """Generated token. ``logprob`` is by the model's own distribution, before temperature, top-p and top-k."""

    top_logprobs: tuple[AlternativeToken, ...] = ()


class TokenUsage(WireModel):
    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count


class PredictionPart(WireModel):
    """Part of the answer to input number ``input``, sent before the whole; the texts of all parts make up its text."""

    type: Literal["part"] = "part"
    input: Count
    text: str = ""
    tokens: tuple[GeneratedToken, ...] = ()
    finish_reason: str | None = None


class ReaderLeft(WireModel):
    """Tells the generating process that nobody reads the answers to the request ``left`` any more."""

    left: str
