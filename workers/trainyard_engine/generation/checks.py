"""Checks of a request for generation, whichever engine serves it."""

from collections.abc import Container, Sequence

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.generation.port import BASE, MOST_TOP_LOGPROBS, GenerationRequest


def check_requests(
    requests: Sequence[GenerationRequest], *, max_context: int, vocabulary: int, adapters: Container[str]
) -> None:
    """Raises ``EngineFault`` for the first that cannot be served."""
    for request in requests:
        size, sampling = len(request.prompt), request.sampling
        if not size:
            raise invalid_input("The prompt has no tokens.", code="prompt_empty", hint="Give at least one.")
        if size >= max_context:
            raise invalid_input(
                f"The prompt has {size} tokens, and the model's context {max_context} for prompt and answer.",
                code="prompt_too_long",
                hint="Shorten the prompt.",
            )
        if not all(0 <= token < vocabulary for token in request.prompt):
            raise invalid_input(f"A token of the prompt is not below {vocabulary}.", code="unknown_token")
        if request.adapter != BASE and request.adapter not in adapters:
            raise unknown_adapter(request.adapter)
        for name, is_valid, wanted in (
            ("max_tokens", sampling.max_tokens >= 1, "at least 1"),
            ("temperature", 0 <= sampling.temperature < float("inf"), "at least 0"),
            ("top_p", 0 < sampling.top_p <= 1, "more than 0 and at most 1"),
            ("top_k", sampling.top_k >= 0, "at least 0"),
            ("top_logprobs", 0 <= sampling.top_logprobs <= MOST_TOP_LOGPROBS, f"0 to {MOST_TOP_LOGPROBS}"),
        ):
            if not is_valid:
                raise invalid_input(f"{name} has to be {wanted}.", code="invalid_sampling", field=name)


def unknown_adapter(name: str) -> EngineFault:
    return invalid_input(f"No adapter is loaded as {name}.", code="unknown_adapter")
