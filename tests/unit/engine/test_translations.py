"""Texts and their translations on their way through an encoder and a decoder: batches, metrics, exact resumption."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec, write_translations
from tests.support.references import perplexity, sacre_bleu_score
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate, evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.text.parallel_corpus import PairSource, fit_on_pairs, tokenize_pairs
from trainyard_engine.modalities.text.special_ids import SpecialIds
from trainyard_engine.modalities.text.tokenizer import PADDING, TextTokenizer
from trainyard_engine.tasks.handler import PreparedData
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.translation.metrics import Bleu
from trainyard_spec.tasks import Task
from trainyard_spec.texts import TextConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
VARIANTS = ("transformer", "lstm")
ANIMALS = {"goose": "Gans", "geese": "Gänse", "swan": "Schwan", "duck": "Ente", "ducks": "Enten"}
PLACES = {"over the sea": "über das Meer", "at home": "zu Hause", "there!": "dort!", "here": "hier"}
PAIRS = [(f"{a} {b}", f"{c} {d}") for a, c in ANIMALS.items() for b, d in PLACES.items()]


class Trained(NamedTuple):
    model: LoadedModel
    prepared: PreparedData
    test_metrics: dict[str, float]


def translation_spec(variant: str = "transformer", **training: Any) -> dict[str, Any]:
    architecture = {"name": "seq2seq", "variant": variant, "d_model": 16, "num_layers": 2}
    text = {"tokenizer": "characters", "max_length": 20}
    return make_spec("translation", architecture, **{"batch_size": 4, "text": text, **training})


def pairs(directory: Path) -> Path:
    return write_translations(directory, *zip(*PAIRS, strict=True))


def test_a_batch_holds_texts_translations_and_what_comes_next(tmp_path: Path) -> None:
    dataset = open_dataset(write_translations(tmp_path, ["ab", "c", "abc"], ["d", "ef", "fedf"]))
    tokenizer = TextTokenizer.fit(TextConfig(tokenizer="characters", max_length=4), [["abcdef"]], writes=True)
    source = PairSource(tokenize_pairs(dataset, tokenizer, SpecialIds()), tokenizer.max_length, CPU, SpecialIds())
    signs = np.array(["_", "?", "|", *"abcdef"])

    def shown(ids: torch.Tensor) -> list[str]:
        return ["".join(row) for row in signs[ids]]

    first, second = source.batches(np.array([1, 0, 2]), size=2)
    assert [shown(ids) for ids in (*first.raw, first.target)] == [["c_", "ab"], ["|ef", "|d|"], ["ef|", "d|_"]]
    # With its end it would have five tokens.
    assert [shown(ids) for ids in (*second.raw, second.target)] == [["abc"], ["|fed"], ["fedf"]]
    assert [ids.dtype for ids in (*first.raw, first.target)] == [torch.int32, torch.int32, torch.int64]
    (resumed,) = source.batches(np.array([1, 0, 2]), size=2, first=1)
    assert torch.equal(resumed.target, second.target)


def test_both_sides_of_the_training_rows_make_the_vocabulary(tmp_path: Path) -> None:
    dataset = open_dataset(write_translations(tmp_path, ["a", "y"], ["b", "z"]))
    tokenizer = fit_on_pairs(dataset, np.array([0]), TextConfig(tokenizer="characters"))
    assert tokenizer.decode(tokenizer.encode(["abyz"])[0].tolist()) == "ab"


@pytest.fixture(scope="module", params=VARIANTS)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model that knows its pairs by heart."""
    directory = tmp_path_factory.mktemp(request.param)
    optimizer = {"name": "adamw", "lr": 0.01}
    spec = translation_spec(request.param, epochs=20, optimizer=optimizer, text={"max_length": 20})
    spec["architecture"] |= {"d_model": 32, "num_layers": 1}
    result = train_here(spec, pairs(directory / "data"), directory / "out")[-1]
    model, dataset = load_model(directory / "out", "cpu", threads=1), open_dataset(directory / "data")
    prepared = handler_for(Task.TRANSLATION).prepare(
        dataset, parse_training_spec(spec), preprocessing=model.preprocessing
    )
    return Trained(model, prepared, result["test_metrics"])


def test_a_model_that_knows_its_pairs_by_heart_translates_them(trained: Trained) -> None:
    rows = trained.prepared.split.train
    answers = [answer["text"] for answer in predict(trained.model, [PAIRS[row][0] for row in rows])]
    assert answers == [PAIRS[row][1] for row in rows]
    metrics, _ = evaluate_finally(trained.model, trained.prepared.open_source(CPU), rows)
    assert metrics["bleu"] == pytest.approx(1.0)


def test_only_a_finished_model_is_judged_by_its_own_translations(trained: Trained) -> None:
    source, rows = trained.prepared.open_source(CPU), trained.prepared.split.test
    metrics = evaluate(trained.model, source, rows, progressed=lambda: None)
    assert metrics == {name: value for name, value in trained.test_metrics.items() if name != "bleu"}
    (batch,) = source.batches(rows, size=100)
    logits = trained.model.outputs(batch.raw).double()
    known = perplexity(logits, batch.target, ignore_index=PADDING).item()
    assert metrics["perplexity"] == pytest.approx(known, rel=1e-6)


def test_a_translation_does_not_depend_on_its_company(trained: Trained) -> None:
    texts = ["goose", "ducks over the sea", "Å"]
    assert predict(trained.model, texts) == [predict(trained.model, [text])[0] for text in texts]


@pytest.mark.parametrize("value", [7, "", " ", {"text": " "}, "a\ud800"])
def test_an_input_that_cannot_be_translated_is_named(trained: Trained, value: object) -> None:
    with pytest.raises(EngineFault, match=r"Input 1 is (not|neither|empty)") as caught:
        predict(trained.model, ["goose", value])
    assert caught.value.failed.field == "inputs.1"


def test_beams_and_the_most_tokens_are_asked_for_text_by_text(trained: Trained) -> None:
    asked = ["geese here", {"text": "geese here", "num_beams": 4}, {"text": "geese here", "max_tokens": 3}]
    asked.append({"text": "ducks there!", "num_beams": 2, "length_penalty": 0.0})
    answers = [answer["text"] for answer in predict(trained.model, asked)]
    tokenizer = trained.model.preprocessing.writers_tokenizer
    cut = tokenizer.decode(tokenizer.encode(["Gänse hier"])[0].tolist()[:3])
    assert answers == ["Gänse hier", "Gänse hier", cut, "Enten dort!"]


@pytest.mark.parametrize(
    ("options", "field", "problem"),
    [
        ({"num_beams": "many"}, "num_beams", "has a num_beams that does not fit"),
        ({"length_penalty": 1.0}, "length_penalty", "it is of beam search"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"temperature": 1.0}, "temperature", "not permitted"),
    ],
)
def test_options_that_do_not_fit_a_translation_are_named(
    trained: Trained, options: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(EngineFault, match=f"Input 0 .*{problem}") as caught:
        predict(trained.model, [{"text": "goose", **options}])
    assert caught.value.failed.field == f"inputs.0.{field}"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["The cat's on the mat, 1,000.5 times."], ["The cat's on the mat, 1,000.5 times!"]),
        (["the the the the the"], ["the cat is on the mat"]),
        (["a b c d e", "x y"], ["a b c d e f g h", "x z"]),
        (["a b c d e f g h i"], ["a b c d e"]),
        (["well-known 1990-1995 (a & b) <c>"], ["well-known 1990-1996 (a & b) <c>"]),
        ([""], ["a b c d"]),
    ],
)
def test_bleu_is_that_of_torchmetrics(found: list[str], expected: list[str]) -> None:
    ours = Bleu()
    for translation, reference in zip(found, expected, strict=True):
        ours.add(translation, reference)
    known = sacre_bleu_score(found, [[reference] for reference in expected], tokenize="13a")
    assert ours.result() == pytest.approx(known.item(), rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"architecture": {"name": "seq2seq", "d_model": 10, "num_heads": 4}}, "Attention heads must divide d_model"),
        ({"architecture": {"name": "gpt"}}, "Architecture gpt does not serve translation"),
        ({"training": {"epochs": 1, "loss": "focal"}}, "Loss focal does not fit translation"),
    ],
)
def test_a_translator_that_cannot_be_says_why(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSpec, match=sentence):
        parse_training_spec(translation_spec() | changes)
