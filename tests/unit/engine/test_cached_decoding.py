"""Incremental decoding: with a cache a model writes what it writes when it reads all of each text at every token."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec, write_documents
from tests.support.trainings import train_here
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.precision import Compute
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.text import decoding
from trainyard_engine.modalities.text.decoding import decode
from trainyard_engine.modalities.text.generation import Decoder, Generation, Recomputed, generate, never_generated
from trainyard_engine.modalities.text.tokenizer import END
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.layers.key_value_cache import KeyValueCache
from trainyard_engine.models.seq2seq import Seq2seq
from trainyard_engine.tasks.language_modelling.decoding import GptDecoder, looks_back, next_logits
from trainyard_engine.tasks.translation.decoding import Seq2seqDecoder
from trainyard_spec.architectures.seq2seq import Seq2seqConfig

CPU = Compute(torch.device("cpu"), "fp32")
RHYME = "Nine naïve geese went over the lea; each goose had seen the sea. 🙂\n"
CONTEXT = 24


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Trained on texts of 24 characters at most, and on little: what it writes is not all alike."""
    directory = tmp_path_factory.mktemp("writer")
    data = write_documents(directory / "data", [RHYME[number : number + 20] for number in range(40)])
    architecture = {"name": "gpt", "d_model": 32, "num_heads": 2, "num_layers": 2}
    text = {"tokenizer": "characters", "max_length": CONTEXT}
    train_here(make_spec("language_modelling", architecture, epochs=2, text=text), data, directory / "out")
    return load_model(directory / "out", "cpu", threads=1)


class Compared:
    """Two decoders of the same texts, whose logits have to be the same; those of the first are told."""

    def __init__(self, first: Decoder, second: Decoder) -> None:
        self._both = (first, second)
        self.calls = 0

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        return self._told(*(each.begin(prompts) for each in self._both))

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        return self._told(*(each.step(rows, tokens) for each in self._both))

    def _told(self, first: Tensor, second: Tensor) -> Tensor:
        self.calls += 1
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5)
        return first


def prompts_of(model: LoadedModel, texts: Sequence[str]) -> list[list[int]]:
    tokenizer = model.preprocessing.writers_tokenizer
    return [[END, *tokenizer.encode([text], whole=True)[0].tolist()] if text else [END] for text in texts]


TEXTS = ["", "geese", "Nine naïve", "xx", "x geese", "each goose had seen"]


def written_by(model: LoadedModel, decoder: Decoder, *, seed: int, most: int) -> list[tuple[list[int], bool]]:
    generations = [
        Generation(prompt, most + row, temperature=0.7 * (row % 3), seed=seed + row)
        for row, prompt in enumerate(prompts_of(model, TEXTS))
    ]
    with torch.inference_mode():
        generate(generations, decoder, never=never_generated(model.config.coverage))
    return [(each.generated, each.is_ended) for each in generations]


@pytest.mark.parametrize("most", [3, 10, 30])
@pytest.mark.parametrize("seed", range(4))
def test_a_gpt_writes_the_same_with_a_cache(writer: LoadedModel, seed: int, most: int) -> None:
    """Prompts of different lengths, of unknown tokens too, greedy and drawn, to an end and beyond the context."""
    recomputed = Recomputed(lambda texts: next_logits(writer, texts))
    both = Compared(GptDecoder(writer, capacity=CONTEXT), Recomputed(lambda texts: next_logits(writer, texts)))
    written = written_by(writer, both, seed=seed, most=most)
    assert written == written_by(writer, recomputed, seed=seed, most=most)
    assert both.calls >= most


def test_texts_that_are_compared_end_and_are_cut_off(writer: LoadedModel) -> None:
    """What the comparison is worth: some texts end by themselves, some at the most tokens, some past the context."""
    found = [
        each
        for seed in range(4)
        for each in written_by(writer, GptDecoder(writer, capacity=CONTEXT), seed=seed, most=30)
    ]
    assert {is_ended for _, is_ended in found} == {True, False}
    assert max(len(tokens) for tokens, _ in found) > looks_back(writer) - 1


def test_a_token_is_read_once_until_the_context_is_full(writer: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    writer.network.register_forward_pre_hook(lambda _, args: read.append(args[0].shape[1]))
    steps: list[int] = []
    network = writer.network
    step: Callable[..., Tensor] = network.get_submodule("").step  # type: ignore[assignment]
    monkeypatch.setattr(network, "step", lambda tokens, cache: steps.append(len(tokens)) or step(tokens, cache))
    (prompt,) = prompts_of(writer, ["geese"])
    with torch.inference_mode():
        generate(
            [Generation(prompt, CONTEXT - 6 + 5)], GptDecoder(writer, capacity=CONTEXT), never=torch.tensor([0, 1, END])
        )
    # 6 tokens are read together, then one at a time until there are 24; 4 more are asked for, each by reading all.
    assert steps == [1] * (CONTEXT - 6)
    assert read == [CONTEXT] * 4


def test_a_cache_has_room_for_what_is_asked_for(writer: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for the whole context: how many texts are decoded together is reckoned by their lengths."""
    room: list[int] = []
    begin: Callable[..., tuple[Tensor, KeyValueCache]] = writer.network.begin  # type: ignore[assignment]
    monkeypatch.setattr(
        writer.network,
        "begin",
        lambda ids, lengths, *, capacity: room.append(capacity) or begin(ids, lengths, capacity=capacity),
    )
    answers = predict(writer, [{"text": "geese", "max_tokens": most} for most in (3, 9, 40)])
    assert [len(answer["text"]) <= most for answer, most in zip(answers, (3, 9, 40), strict=True)] == [True] * 3
    predict(writer, [{"text": "geese", "max_tokens": 3}])
    # The end that texts begin after, five letters, and what is asked for, up to what the model looks back on.
    assert room == [looks_back(writer), 1 + 5 + 3]


VARIANTS = ("transformer", "lstm")


def translator(variant: str, seed: int) -> Seq2seq:
    torch.manual_seed(seed)
    context = BuildContext(input_shape=(16,), outputs=40, dropout=0.1, vocabulary=40)
    config = Seq2seqConfig.model_validate({"variant": variant, "d_model": 16, "num_layers": 2})
    network = BUILDERS["seq2seq"](config, context).eval()
    assert isinstance(network, Seq2seq)
    return network


def recomputed_translations(network: Seq2seq, source: Tensor) -> Recomputed:
    """Rows are in order, and none is named twice: of greedy decoding, whose texts all stay until the last has ended."""
    encoded = network.encode(source)
    return Recomputed(lambda texts: network.logits(network.decode(encoded, torch.tensor(texts))[:, -1]).float())


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_translator_writes_the_same_with_a_cache(variant: str, seed: int, temperature: float) -> None:
    network = translator(variant, seed)
    source = torch.randint(3, 40, (5, 9), dtype=torch.int32)
    source[2, 4:] = source[4, 1:] = 0

    def written(decoder: Decoder) -> list[list[int]]:
        generations = [Generation([END], 14, temperature=temperature, seed=row) for row in range(5)]
        with torch.inference_mode():
            generate(generations, decoder, never=torch.tensor([0, 1]), end=-1)
        return [each.generated for each in generations]

    with torch.inference_mode():
        cached = Seq2seqDecoder(network, source, compute=CPU, capacity=14)
        both = Compared(cached, recomputed_translations(network, source))
    assert written(both) == written(recomputed_translations(network, source))
    assert both.calls == 14


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_translator_goes_on_from_any_rows(variant: str) -> None:
    """As beam search does: some of them, in another order, one of them twice."""
    network, source = translator(variant, 0), torch.randint(3, 40, (3, 6))
    with torch.inference_mode():
        cached = Seq2seqDecoder(network, source, compute=CPU, capacity=8)
        cached.begin([[END]] * 3)
        cached.step([0, 1, 2], [5, 6, 7])
        found = cached.step([2, 0, 2, 1], [8, 9, 10, 11])
        rows = torch.tensor([2, 0, 2, 1])
        given = torch.tensor([[END, 7, 8], [END, 5, 9], [END, 7, 10], [END, 6, 11]])
        expected = network.logits(network.decode(network.encode(source[rows]), given)[:, -1])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_so_many_texts_are_decoded_together_as_their_caches_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beams take as much as texts; those of one number of beams go together, short ones first."""
    monkeypatch.setattr(decoding, "MOST_CACHED_NUMBERS", 1_000)
    asked: list[list[int]] = []

    def decoder_of(places: Sequence[int]) -> Decoder:
        asked.append(list(places))
        return Recomputed(lambda texts: torch.zeros(len(texts), 5))

    lengths = [(9, 1), (4, 1), (9, 2), (9, 1), (9, 1), (9, 2)]
    generations = [Generation([3], most, num_beams=beams) for most, beams in lengths]
    decode(generations, decoder_of, at_once=8, numbers_a_token=30, never=torch.tensor([0]))
    # A text of ten tokens takes 300 numbers: three rows fit.
    assert asked == [[1, 0, 3], [4], [2], [5]]


def test_what_is_read_beside_counts_as_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long text a translation of one token keeps as much as of a short text a long translation."""
    monkeypatch.setattr(decoding, "MOST_CACHED_NUMBERS", 1_000)
    asked: list[list[int]] = []

    def decoder_of(places: Sequence[int]) -> Decoder:
        asked.append(list(places))
        return Recomputed(lambda texts: torch.zeros(len(texts), 5))

    generations = [Generation([3], most) for most in (1, 9, 1)]
    decode(generations, decoder_of, at_once=8, numbers_a_token=50, never=torch.tensor([0]), read=[10, 2, 10])
    assert asked == [[0, 1], [2]]
