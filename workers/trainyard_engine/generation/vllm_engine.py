"""Generation by vLLM (Kwon et al. 2023), on GPU hosts whose operator has installed it.

vLLM is no dependency: it brings CUDA and pins its own torch. Seeds are vLLM's own, so a seed gives the same text as
long as the engine is the same, not across engines.
"""

from collections.abc import Generator, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trainyard_engine.core.faults import EngineFault
from trainyard_engine.generation.adapters import read_adapter
from trainyard_engine.generation.checks import check_requests, unknown_adapter
from trainyard_engine.generation.port import (
    BASE,
    FinishReason,
    GenerationRequest,
    SamplingParameters,
    TokenEvent,
    TokenLogprob,
)

MOST_ADAPTERS = 32
MOST_RANK = 256


def is_installed() -> bool:
    return find_spec("vllm") is not None


class VllmEngine:
    """Serves the base model in ``directory``. Raises ``EngineFault`` on a host without vLLM."""

    def __init__(self, directory: Path, *, max_context: int | None = None) -> None:
        if not is_installed():
            raise EngineFault(
                "vLLM is not installed on this worker.",
                code="vllm_missing",
                hint="Install vLLM into the worker's environment, or choose the engine transformers.",
            )
        from vllm import EngineArgs, LLMEngine  # type: ignore[import-not-found, unused-ignore]

        self._engine: Any = LLMEngine.from_engine_args(
            EngineArgs(
                model=str(directory),
                max_model_len=max_context,
                enable_lora=True,
                max_loras=MOST_ADAPTERS,
                max_lora_rank=MOST_RANK,
                trust_remote_code=False,
            )
        )
        self._adapters: dict[str, Any] = {}
        self._requests = self._loaded = 0

    @property
    def max_context(self) -> int:
        return int(self._engine.model_config.max_model_len)

    def load_adapter(self, name: str, directory: Path) -> None:
        from vllm.lora.request import LoRARequest  # type: ignore[import-not-found, unused-ignore]

        read_adapter(directory)
        self._loaded += 1
        self._adapters[name] = LoRARequest(name, self._loaded, str(directory))
        self._engine.add_lora(self._adapters[name])

    def unload_adapter(self, name: str) -> None:
        if name not in self._adapters:
            raise unknown_adapter(name)
        self._engine.remove_lora(self._adapters.pop(name).lora_int_id)

    def generate(self, requests: Sequence[GenerationRequest]) -> Generator[TokenEvent]:
        vocabulary = int(self._engine.model_config.get_vocab_size())
        check_requests(requests, max_context=self.max_context, vocabulary=vocabulary, adapters=self._adapters)
        return self._decode(requests)

    def prompt_logprobs(
        self, prompts: Sequence[tuple[int, ...]], *, adapter: str = BASE, top: int = 0
    ) -> list[list[tuple[TokenLogprob, tuple[TokenLogprob, ...]]]]:
        params = _parameters(SamplingParameters(max_tokens=1, temperature=0), prompt_logprobs=top)
        numbers = [self._submit(prompt, params, adapter) for prompt in prompts]
        found: dict[str, Any] = {}
        while self._engine.has_unfinished_requests():
            found |= {output.request_id: output for output in self._engine.step()}
        return [
            [
                (TokenLogprob(token, cells[token].logprob), _likeliest(cells, top))
                for token, cells in zip(prompt[1:], found[number].prompt_logprobs[1:], strict=True)
            ]
            for number, prompt in zip(numbers, prompts, strict=True)
        ]

    def _submit(self, prompt: Sequence[int], parameters: Any, adapter: str) -> str:
        self._requests += 1
        number = str(self._requests)
        self._engine.add_request(
            number, {"prompt_token_ids": list(prompt)}, parameters, lora_request=self._adapters.get(adapter)
        )
        return number

    def _decode(self, requests: Sequence[GenerationRequest]) -> Generator[TokenEvent]:
        places = {
            self._submit(each.prompt, _parameters(each.sampling), each.adapter): place
            for place, each in enumerate(requests)
        }
        try:
            while self._engine.has_unfinished_requests():
                for output in self._engine.step():
                    if output.request_id in places:
                        yield from _events(places[output.request_id], output, requests)
        finally:
            self._engine.abort_request(list(places))


def _parameters(sampling: SamplingParameters, *, prompt_logprobs: int | None = None) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind  # type: ignore[import-not-found, unused-ignore]

    return SamplingParams(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k or -1,
        stop=list(sampling.stop) or None,
        stop_token_ids=list(sampling.stop_token_ids) or None,
        seed=sampling.seed,
        logprobs=sampling.top_logprobs,
        ignore_eos=sampling.ignore_end,
        prompt_logprobs=prompt_logprobs,
        output_kind=RequestOutputKind.DELTA,
    )


def _events(place: int, output: Any, requests: Sequence[GenerationRequest]) -> Iterator[TokenEvent]:
    """vLLM may give several tokens a step: their text goes with the last of them, as does the end."""
    (part,) = output.outputs
    for index, (token, cells) in enumerate(zip(part.token_ids, part.logprobs, strict=True)):
        is_last = index == len(part.token_ids) - 1
        yield TokenEvent(
            place,
            TokenLogprob(token, cells[token].logprob),
            part.text if is_last else "",
            _likeliest(cells, requests[place].sampling.top_logprobs),
            FinishReason(part.finish_reason) if is_last and part.finish_reason else None,
        )


def _likeliest(cells: Any, count: int) -> tuple[TokenLogprob, ...]:
    ranked = sorted(cells.items(), key=lambda cell: -cell[1].logprob)[:count]
    return tuple(TokenLogprob(token, cell.logprob) for token, cell in ranked)
