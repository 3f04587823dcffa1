"""Beam search: the best of all texts where nothing is left out, and else what ``transformers`` finds."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec, write_documents
from tests.support.trainings import train_here
from tests.support.transformers_twins import as_gpt2, as_m2m_100, draw_varied
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.precision import Compute
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.text.beam_search import beam_search
from trainyard_engine.modalities.text.generation import Generation, Recomputed, generate, never_generated
from trainyard_engine.modalities.text.tokenizer import END
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.gpt import Gpt
from trainyard_engine.models.seq2seq import TransformerSeq2seq
from trainyard_engine.tasks.language_modelling.beginnings import beginning
from trainyard_engine.tasks.language_modelling.decoding import GptDecoder
from trainyard_engine.tasks.translation.decoding import Seq2seqDecoder
from trainyard_spec.architectures.seq2seq import Seq2seqConfig

VOCABULARY = 5
NEVER = torch.tensor([0])
PENALTIES = [-1.0, 0.0, 0.6, 1.0, 2.0]


def logits_of(text: Sequence[int], seed: int) -> Tensor:
    """Of a language in which every beginning has its own next tokens."""
    return torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(hash((*text, seed)) % 2**31)) * 2


def language(seed: int) -> Recomputed:
    return Recomputed(lambda texts: torch.stack([logits_of(text, seed) for text in texts]))


def normalized_score(text: Sequence[int], prompt: list[int], seed: int, penalty: float) -> float:
    total = sum(
        logits_of([*prompt, *text[:place]], seed).double().log_softmax(0)[token].item()
        for place, token in enumerate(text)
    )
    return total / len(text) ** penalty


def all_texts(most: int) -> list[tuple[int, ...]]:
    """That end, or have the most tokens."""
    tokens = [token for token in range(VOCABULARY) if token not in (0, END)]
    return [
        (*text, *([END] if length < most or is_ended else []))
        for length in range(most + 1)
        for text in itertools.product(tokens, repeat=length)
        for is_ended in ([False] if length == most else [True])
    ]


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("seed", range(5))
def test_with_room_for_all_it_finds_the_best_of_all_texts(seed: int, penalty: float) -> None:
    most, prompt = 4, [END, 3]
    generation = Generation(prompt, most, num_beams=300, length_penalty=penalty)
    beam_search([generation], language(seed), never=NEVER)
    best = max(all_texts(most), key=lambda text: normalized_score(text, prompt, seed, penalty))
    assert generation.generated == [token for token in best if token != END]
    assert generation.is_ended == (best[-1] == END)


def test_more_beams_find_texts_at_least_as_likely_and_sometimes_likelier() -> None:
    """Than greedy decoding does, by their log-probability."""
    better = 0
    for seed in range(20):
        greedy, searched = Generation([END], 6), Generation([END], 6, num_beams=8, length_penalty=0.0)
        generate([greedy], language(seed), never=NEVER)
        beam_search([searched], language(seed), never=NEVER)
        scores = [
            normalized_score([*each.generated, *([END] if each.is_ended else [])], [END], seed, 0.0)
            for each in (greedy, searched)
        ]
        assert scores[1] >= scores[0] - 1e-9
        better += scores[1] > scores[0] + 1e-9
    assert better > 5


def test_a_longer_text_is_favoured_by_a_larger_penalty() -> None:
    def lengths(penalty: float) -> int:
        generations = [Generation([END, token], 8, num_beams=4, length_penalty=penalty) for token in (1, 3, 4)]
        for generation in generations:
            beam_search([generation], language(7), never=NEVER)
        return sum(len(generation.generated) for generation in generations)

    assert lengths(-2.0) < lengths(0.0) < lengths(3.0)


def test_texts_of_one_search_do_not_change_one_another() -> None:
    def found(prompts: list[list[int]]) -> list[list[int]]:
        generations = [
            Generation(prompt, 3 + len(prompt), num_beams=3, length_penalty=0.5 * len(prompt)) for prompt in prompts
        ]
        beam_search(generations, language(1), never=NEVER)
        return [generation.generated for generation in generations]

    prompts = [[END], [END, 3, 1], [END, 4], [END, 1, 1, 4, 3]]
    assert found(prompts) == [found([prompt])[0] for prompt in prompts]


def test_what_is_never_generated_is_not_searched() -> None:
    generation = Generation([END], 5, num_beams=4)
    beam_search(
        [generation], Recomputed(lambda texts: torch.zeros(len(texts), VOCABULARY)), never=torch.tensor([0, END])
    )
    assert len(generation.generated) == 5
    assert not {0, END} & {*generation.generated}
    nothing = Generation([END], 5, num_beams=4)
    beam_search([nothing], Recomputed(lambda texts: torch.zeros(len(texts), 2)), never=torch.tensor([0, 1]))
    assert nothing.generated == []


RHYME = "Nine naïve geese went over the lea; each goose had seen the sea.\n"


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    directory = tmp_path_factory.mktemp("writer")
    data = write_documents(directory / "data", [RHYME[number : number + 16] for number in range(60)])
    architecture = {"name": "gpt", "d_model": 32, "num_heads": 2, "num_layers": 2}
    text = {"tokenizer": "characters", "max_length": 64}
    train_here(make_spec("language_modelling", architecture, epochs=1, text=text), data, directory / "out")
    model = load_model(directory / "out", "cpu", threads=1)
    draw_varied(model.network)
    return model


@pytest.mark.parametrize("num_beams", [2, 3, 5])
@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_gpt_finds_what_transformers_finds(writer: LoadedModel, num_beams: int, penalty: float) -> None:
    assert isinstance(writer.network, Gpt)
    theirs, never = as_gpt2(writer.network), never_generated(writer.config.coverage)
    tokenizer, signs = writer.preprocessing.writers_tokenizer, set()
    for text in ("g", "Nine", "each goose had s"):
        prompt = [END, *tokenizer.encode([text], whole=True)[0].tolist()]
        generation = Generation(prompt, 20, num_beams=num_beams, length_penalty=penalty)
        with torch.inference_mode():
            beam_search([generation], GptDecoder(writer, capacity=64), never=never)
            ids = torch.tensor([prompt])
            (found,) = theirs.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                num_beams=num_beams,
                length_penalty=penalty,
                max_new_tokens=20,
                suppress_tokens=never.tolist(),
                do_sample=False,
            ).tolist()
        expected = [token for token in found[len(prompt) :] if token not in (0, END)]
        assert generation.generated == expected
        signs |= {*expected}
    assert len(signs) > 5


def test_a_writer_is_asked_for_beams(writer: LoadedModel) -> None:
    asked = {"text": "Nine", "max_tokens": 20}
    options = [{"num_beams": 4}, {"num_beams": 2, "length_penalty": 3.0}, {"num_beams": 6, "length_penalty": -2.0}]
    greedy, alone, *searched = predict(
        writer, [asked, {**asked, "num_beams": 1}, *({**asked, **one} for one in options)]
    )
    assert greedy == alone
    tokenizer = writer.preprocessing.writers_tokenizer
    for option, answer in zip(options, searched, strict=True):
        generation = Generation([END, *tokenizer.encode(["Nine"], whole=True)[0].tolist()], 20, **option)
        with torch.inference_mode():
            beam_search([generation], GptDecoder(writer, capacity=64), never=never_generated(writer.config.coverage))
        assert answer["text"] == tokenizer.decode(generation.generated)
    assert len({greedy["text"], *(answer["text"] for answer in searched)}) > 2


@pytest.mark.parametrize(
    ("options", "field", "problem"),
    [
        ({"num_beams": 0}, "num_beams", "greater than or equal to 1"),
        ({"num_beams": 17}, "num_beams", "less than or equal to 16"),
        ({"length_penalty": 0.5}, "length_penalty", "it is of beam search, and num_beams is 1"),
        ({"num_beams": 2, "length_penalty": math.nan}, "length_penalty", "finite"),
        ({"num_beams": 2, "temperature": 0.5}, "temperature", "beam search draws nothing"),
        ({"beams": 2}, "beams", "not permitted"),
    ],
)
def test_beams_that_cannot_be_are_refused_by_the_name_of_the_field(
    options: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(EngineFault, match=problem) as caught:
        beginning({"text": "a", **options}, 3)
    assert (caught.value.failed.code, caught.value.failed.field) == ("invalid_input", f"inputs.3.{field}")


@pytest.mark.parametrize("num_beams", [2, 4])
@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
def test_a_translator_finds_what_transformers_finds(num_beams: int, penalty: float) -> None:
    torch.manual_seed(3)
    context = BuildContext(input_shape=(16,), outputs=30, dropout=0.0, vocabulary=30)
    network = BUILDERS["seq2seq"](Seq2seqConfig(d_model=16, num_layers=2), context).eval()
    assert isinstance(network, TransformerSeq2seq)
    draw_varied(network)
    theirs = as_m2m_100(network, 30)
    source = torch.randint(3, 30, (4, 8))
    source[1, 5:] = source[3, 2:] = 0
    generations = [Generation([END], 10, num_beams=num_beams, length_penalty=penalty) for _ in source]
    with torch.inference_mode():
        decoder = Seq2seqDecoder(network, source, compute=Compute(torch.device("cpu"), "fp32"), capacity=10)
        beam_search(generations, decoder, never=torch.tensor([0, 1]))
        found = theirs.generate(
            source,
            attention_mask=(source != 0).long(),
            num_beams=num_beams,
            length_penalty=penalty,
            max_new_tokens=10,
            suppress_tokens=[0, 1],
            do_sample=False,
        )
    expected = [[token for token in row[1:] if token not in (0, END)] for row in found.tolist()]
    assert [generation.generated for generation in generations] == expected
    assert len({token for row in expected for token in row}) > 5
