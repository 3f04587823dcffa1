"""Generation: what transformers' own generate computes, whoever shares the batch and whichever adapter serves it."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.tiny_language_model import register_language_model
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.generation.opening import load_causal_lm, load_tokenizer, open_engine
from trainyard_engine.generation.port import FinishReason, GenerationRequest, SamplingParameters, TokenEvent
from trainyard_engine.generation.transformers_engine import TransformersEngine

PROMPTS = [(5, 17, 40, 8), (9, 9, 30), (100, 42, 7, 250, 61, 12, 3), (88,)]
KINDS = ("llama", "qwen2", "gpt2")


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    for kind in KINDS:
        register_language_model(directory, kind, kind=kind)
    return directory


@pytest.fixture(scope="module")
def network(bases: Path) -> Any:
    return load_causal_lm(bases / "llama")


@pytest.fixture(scope="module")
def engine(network: Any, bases: Path) -> TransformersEngine:
    return TransformersEngine(copy.deepcopy(network), load_tokenizer(bases / "llama"))


def _adapter(network: Any, directory: Path, *, seed: int, rank: int) -> Path:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=16, target_modules="all-linear", init_lora_weights=False)
    get_peft_model(copy.deepcopy(network), config).save_pretrained(directory)
    return directory


def _request(prompt: tuple[int, ...], *, adapter: str = "", **sampling: Any) -> GenerationRequest:
    return GenerationRequest(prompt=prompt, sampling=SamplingParameters(**sampling), adapter=adapter)


def _tokens(events: list[TokenEvent], sequences: int) -> list[list[int]]:
    return [[event.token.token_id for event in events if event.sequence == number] for number in range(sequences)]


def _generated(engine: Any, requests: list[GenerationRequest]) -> list[list[int]]:
    return _tokens(list(engine.generate(requests)), len(requests))


def _reference(network: Any, prompt: tuple[int, ...], **options: Any) -> list[int]:
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        output = network.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False, pad_token_id=0, **options
        )
    return output[0, len(prompt) :].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_is_what_generate_writes_for_each_prompt_alone(bases: Path, kind: str) -> None:
    network = load_causal_lm(bases / kind)
    engine = open_engine(bases / kind, device=torch.device("cpu"))
    found = _generated(engine, [_request(prompt, temperature=0, max_tokens=24) for prompt in PROMPTS])
    assert found == [_reference(network, prompt) for prompt in PROMPTS]


def test_a_seed_gives_the_same_text_alone_and_in_a_batch(engine: TransformersEngine) -> None:
    requests = [
        _request(prompt, temperature=0.9, top_p=0.95, top_k=50, seed=number, max_tokens=20)
        for number, prompt in enumerate(PROMPTS)
    ]
    together = _generated(engine, requests)
    assert together == [_generated(engine, [request])[0] for request in requests]
    assert together == _generated(engine, requests)
    other = _generated(engine, [_request(PROMPTS[0], temperature=0.9, seed=99, max_tokens=20)])[0]
    assert other != together[0]


def test_logprobs_are_those_of_the_whole_text_read_at_once(engine: TransformersEngine, network: Any) -> None:
    events = list(engine.generate([_request(PROMPTS[2], temperature=0.7, seed=3, top_logprobs=4, max_tokens=8)]))
    written = [event.token.token_id for event in events]
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([[*PROMPTS[2], *written]])).logits[0].float()
    expected = logits.log_softmax(dim=-1)
    for place, event in enumerate(events, start=len(PROMPTS[2]) - 1):
        assert event.token.logprob == pytest.approx(expected[place, event.token.token_id].item(), abs=1e-4)
        top = expected[place].topk(4)
        assert [each.token_id for each in event.top] == top.indices.tolist()
        assert [each.logprob for each in event.top] == pytest.approx(top.values.tolist(), abs=1e-4)
    scored = engine.prompt_logprobs([(*PROMPTS[2], *written)], top=1)[0]
    assert [token.logprob for token, _ in scored[-len(written) :]] == pytest.approx(
        [event.token.logprob for event in events], abs=1e-4
    )


def test_adapters_of_one_base_share_a_batch_and_answer_as_if_alone(network: Any, bases: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    directories = {f"mdl_{rank}": _adapter(network, tmp_path / str(rank), seed=rank, rank=rank) for rank in (2, 4, 8)}
    engine = TransformersEngine(copy.deepcopy(network), load_tokenizer(bases / "llama"))
    for name, directory in directories.items():
        engine.load_adapter(name, directory)
    names = ["", *directories]
    together = _generated(engine, [_request(PROMPTS[0], adapter=name, temperature=0, max_tokens=24) for name in names])
    references = [_reference(network, PROMPTS[0])]
    for directory in directories.values():
        merged = PeftModel.from_pretrained(copy.deepcopy(network), directory).merge_and_unload()
        references.append(_reference(merged.eval(), PROMPTS[0]))
    assert together == references
    assert len({tuple(tokens) for tokens in together}) == len(names)
    for name in directories:
        engine.unload_adapter(name)
    assert _generated(engine, [_request(PROMPTS[0], temperature=0, max_tokens=24)])[0] == references[0]


def test_an_adapter_for_another_base_is_refused_and_leaves_no_trace(
    engine: TransformersEngine, bases: Path, tmp_path: Path
) -> None:
    other = load_causal_lm(register_language_model(tmp_path, "wide", hidden=64) / "wide")
    before = _generated(engine, [_request(PROMPTS[0], temperature=0, max_tokens=8)])
    with pytest.raises(EngineFault, match="does not fit this base model") as refusal:
        engine.load_adapter("wide", _adapter(other, tmp_path / "adapter", seed=0, rank=4))
    assert refusal.value.failed.code == "adapter_for_another_base"
    assert engine.adapters == ()
    assert _generated(engine, [_request(PROMPTS[0], temperature=0, max_tokens=8)]) == before


def test_a_text_ends_at_a_stop_sequence_which_it_does_not_hold(engine: TransformersEngine) -> None:
    whole = list(engine.generate([_request(PROMPTS[1], temperature=0, max_tokens=24, ignore_end=True)]))
    text = "".join(event.text for event in whole)
    stop = text[9:13]
    events = list(
        engine.generate([_request(PROMPTS[1], temperature=0, max_tokens=24, ignore_end=True, stop=(stop, "never"))])
    )
    assert "".join(event.text for event in events) == text[: text.index(stop)]
    assert events[-1].finish_reason == FinishReason.STOP
    assert whole[-1].finish_reason == FinishReason.LENGTH


def test_generation_ends_where_the_context_does(engine: TransformersEngine) -> None:
    prompt = tuple([7] * (engine.max_context - 3))
    events = list(engine.generate([_request(prompt, temperature=0, max_tokens=50, ignore_end=True)]))
    assert len(events) == 3
    assert events[-1].finish_reason == FinishReason.LENGTH


def test_a_generation_that_is_closed_computes_no_further_token(network: Any, bases: Path) -> None:
    calls: list[int] = []
    watched = copy.deepcopy(network)
    watched.register_forward_hook(lambda *_: calls.append(1))
    engine = TransformersEngine(watched, load_tokenizer(bases / "llama"))
    events = engine.generate([_request(prompt, max_tokens=50, ignore_end=True) for prompt in PROMPTS])
    next(events)
    events.close()
    assert (len(calls), list(events)) == (1, [])
    assert list(engine.generate([])) == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (_request(()), "prompt_empty"),
        (_request(tuple([7] * 256)), "prompt_too_long"),
        (_request((9_999,)), "unknown_token"),
        (_request((5,), adapter="mdl_none"), "unknown_adapter"),
        (_request((5,), top_p=0.0), "invalid_sampling"),
        (_request((5,), temperature=float("nan")), "invalid_sampling"),
    ],
)
def test_a_request_that_cannot_be_served_is_refused_before_the_first_token(
    engine: TransformersEngine, request_: GenerationRequest, code: str
) -> None:
    with pytest.raises(EngineFault) as refusal:
        engine.generate([_request(PROMPTS[0]), request_])
    assert refusal.value.failed.code == code


def test_without_vllm_its_engine_says_so(bases: Path) -> None:
    with pytest.raises(EngineFault, match="vLLM is not installed") as refusal:
        open_engine(bases / "llama", device=torch.device("cpu"), name="vllm")
    assert refusal.value.failed.code == "vllm_missing"
