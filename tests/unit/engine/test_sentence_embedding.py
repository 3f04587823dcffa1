"""Sentence embedding: texts that mean the same become vectors that are near, judged as other libraries judge it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch.nn import functional

from tests.support.compiled import make_spec
from tests.support.paired_texts import topic_pairs, write_pairs
from tests.support.pretrained import register
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.precision import choose_compute
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.preparation import prepare
from trainyard_engine.core.split import split_examples
from trainyard_engine.core.step import Stepper
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.modalities.text.text_pairs import text_identities
from trainyard_engine.tasks.sentence_embedding.baselines import TfIdf
from trainyard_engine.tasks.sentence_embedding.metrics import Candidates, ranks_of, retrieval_metrics, spearman
from trainyard_engine.tasks.sentence_embedding.objective import InfoNce
from trainyard_spec.validation import parse_training_spec

TEXT_POOL = {"name": "text_pool", "embedding": 16, "hidden": []}
WORDS = {"text": {"tokenizer": "words", "max_length": 20}, "embedding": {"dimensions": 16}}
FAST = {"optimizer": {"name": "adamw", "lr": 0.02}}


def spec_of(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    return make_spec("sentence_embedding", architecture, **{"batch_size": 16, "epochs": 2, **training})


def similarity(model: Any, first: str, second: str) -> float:
    (answer,) = predict(model, [{"sentence1": first, "sentence2": second}])
    return float(answer["similarity"])


@pytest.mark.parametrize("form", ["pairs", "triplets"])
def test_texts_of_one_topic_become_near_though_they_share_no_word(tmp_path: Path, form: str) -> None:
    data = topic_pairs(tmp_path / "data", rows=400, form=form)
    result = train_here(spec_of(TEXT_POOL, **(WORDS | FAST | {"epochs": 20})), data, tmp_path / "out")[-1]
    metrics = result["test_metrics"]
    assert metrics["mrr"] > 0.9
    assert metrics["recall_at_1"] <= metrics["mrr"] <= metrics["recall_at_10"] == 1.0
    rivals = {rival["name"]: rival["value"] for rival in result["verdict"]["baselines"]}
    assert rivals.keys() == {"random_order", "tfidf_cosine"}
    assert max(rivals.values()) < 0.5
    assert result["verdict"]["outcome"] == "better"
    model = load_model(tmp_path / "out", "cpu", threads=1)
    assert similarity(model, "word6 word7", "word26") > similarity(model, "word6 word7", "word38") + 0.3


def test_scores_of_pairs_are_learnt_as_cosines(tmp_path: Path) -> None:
    data = topic_pairs(tmp_path / "data", rows=400, form="scored")
    result = train_here(spec_of(TEXT_POOL, **(WORDS | FAST | {"epochs": 20})), data, tmp_path / "out")[-1]
    assert result["test_metrics"].keys() == {"loss", "spearman"}
    assert result["test_metrics"]["spearman"] > 0.7
    assert result["verdict"]["outcome"] == "better"
    rivals = {rival["name"]: rival["value"] for rival in result["verdict"]["baselines"]}
    assert rivals.keys() == {"one_cosine", "tfidf_cosine"}
    assert result["verdict"]["value"] == pytest.approx(result["test_metrics"]["spearman"])


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_pretrained_encoder_learns_them(
    tmp_path: Path, method: str, pooling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register(tmp_path / "models", "tiny")))
    network = {"name": "pretrained", "model": "tiny", "method": method, "pooling": pooling}
    spec = spec_of(network, epochs=6, optimizer={"name": "adamw", "lr": 0.003}, text={"max_length": 20})
    said = train_here(spec, topic_pairs(tmp_path / "data"), tmp_path / "out")
    losses = [loss for message in said for loss in message.get("values", {}).get("val_loss", [])]
    # A network of random weights learns in leaps, where to depends on the processor: its best epoch is what is kept.
    assert min(losses) < 0.97 * losses[0]
    (answer,) = predict(load_model(tmp_path / "out", "cpu", threads=1), ["word6 word7"])
    assert np.linalg.norm(answer["embedding"]) == pytest.approx(1)


def test_a_model_is_trained_on(tmp_path: Path) -> None:
    data = topic_pairs(tmp_path / "data")
    train_here(spec_of(TEXT_POOL, **WORDS), data, tmp_path / "parent")
    child = {**spec_of(TEXT_POOL, **WORDS), "init_from": "mdl_local"}
    said = train_here(child, data, tmp_path / "child", init_from=tmp_path / "parent")
    assert said[-1]["type"] == "result"


def test_an_answer_is_a_vector_or_a_cosine_and_unknown_words_are_told(tmp_path: Path) -> None:
    train_here(spec_of(TEXT_POOL, **WORDS), topic_pairs(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    first, pair, second, unknown = predict(
        model, ["word2 word3", {"sentence1": "word2 word3", "sentence2": "word22"}, "word22", "日本"]
    )
    assert len(first["embedding"]) == 16
    assert pair["similarity"] == pytest.approx(np.dot(first["embedding"], second["embedding"]), abs=1e-6)
    assert [warning["code"] for warning in unknown["warnings"]] == ["unknown_words"]
    assert first["warnings"] == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"sentence1": "a"}, "sentence1 and sentence2"),
        ({"sentence1": "a", "sentence2": " "}, "sentence2 that is empty"),
        (3, "is not a text"),
    ],
)
def test_a_bad_input_is_named(tmp_path: Path, value: Any, says: str) -> None:
    train_here(spec_of(TEXT_POOL, **WORDS), topic_pairs(tmp_path / "data"), tmp_path / "out")
    with pytest.raises(EngineFault, match=f"Input 1.*{says}"):
        predict(load_model(tmp_path / "out", "cpu", threads=1), ["word2", value])


def test_info_nce_is_the_cross_entropy_of_cosines_without_known_positives() -> None:
    random = torch.Generator().manual_seed(0)
    vectors = torch.randn(5, 3, 4, generator=random)
    # Rows 0 and 1 share their positive, rows 2 and 3 their anchor.
    target = torch.tensor([[1, 20, 30], [2, 20, 31], [3, 22, 32], [3, 23, 33], [5, 24, 34]])
    objective = InfoNce(dimensions=4, temperature=0.1, max_length=8)
    found = objective.losses(vectors.flatten(0, 1), target)
    anchors, positives, negatives = functional.normalize(vectors, dim=-1).unbind(dim=1)
    left_out = {0: {1}, 1: {0}, 2: {3}, 3: {2}, 4: set[int]()}
    for row in range(5):
        kept = [positives[other] for other in range(5) if other not in left_out[row]]
        scores = torch.stack([anchors[row] @ vector / 0.1 for vector in (*kept, *negatives)])
        own = anchors[row] @ positives[row] / 0.1
        assert found[row].item() == pytest.approx((scores.logsumexp(0) - own).item(), rel=1e-5)


def test_ranks_are_among_different_texts_and_without_other_positives_of_the_anchor() -> None:
    anchors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    positives = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.8, 0.6]])
    target = np.array([[1, 10], [1, 11], [2, 11], [3, 12]])
    # The second row's own one is the furthest, but the first row's belongs to its anchor too.
    ranks = ranks_of(anchors, positives, target)
    assert ranks.tolist() == [0, 1, 0, 0]
    assert retrieval_metrics(ranks) == {"recall_at_1": 0.75, "recall_at_10": 1.0, "mrr": 0.875}
    assert ranks_of(torch.ones(3, 2), torch.ones(3, 2), np.arange(6).reshape(3, 2)).tolist() == [2, 2, 2]


def test_an_anchor_is_no_candidate_for_itself() -> None:
    """Pairs that stand both ways: the nearest text to an anchor is itself, which training does not push away either."""
    texts = functional.normalize(torch.tensor([[1.0, 0.1], [1.0, 0.2], [0.1, 1.0], [0.2, 1.0]]), dim=-1)
    target = np.array([[0, 1], [1, 0], [2, 3], [3, 2]])
    assert ranks_of(texts, texts[[1, 0, 3, 2]], target).tolist() == [0, 0, 0, 0]
    assert Candidates(target).judged.tolist() == [3, 3, 3, 3]
    # Where the own positive is the anchor's text, it is the one to be found.
    assert ranks_of(texts[:2], texts[:2], np.array([[0, 0], [1, 1]])).tolist() == [0, 0]


def test_ranks_are_those_of_counting_one_by_one() -> None:
    random = np.random.default_rng(1)
    target = random.integers(0, 30, (200, 2))
    vectors = functional.normalize(torch.from_numpy(random.normal(size=(30, 3))), dim=-1)
    anchors, positives = vectors[target[:, 0]], vectors[target[:, 1]]
    expected, judged = [], []
    for row, (anchor, own) in enumerate(target.tolist()):
        belonging = {anchor, *target[target[:, 0] == anchor, 1].tolist()} - {own}
        others = [text for text in set(target[:, 1].tolist()) - belonging if text != own]
        mine = float(anchors[row] @ vectors[own])
        expected.append(sum(float(anchors[row] @ vectors[text]) >= mine for text in others))
        judged.append(len(others) + 1)
    assert ranks_of(anchors, positives, target).tolist() == expected
    assert Candidates(target).judged.tolist() == judged


def test_chance_is_among_the_texts_that_are_judged(tmp_path: Path) -> None:
    """Rows of few anchors leave few candidates: with all of one anchor any model finds each row's."""
    texts = {"text": [f"topic{row % 2}" for row in range(60)], "positive": [f"word{row}" for row in range(60)]}
    data, spec = write_pairs(tmp_path / "data", texts), spec_of(TEXT_POOL, **WORDS)
    result = train_here(spec, data, tmp_path / "out")[-1]
    by_chance = next(rival for rival in result["verdict"]["baselines"] if rival["name"] == "random_order")
    test = split_examples(open_dataset(data), parse_training_spec(spec).split).test
    judged = Candidates(text_identities(open_dataset(data))[test]).judged
    assert judged.max() < len(test)
    assert by_chance["value"] == pytest.approx(np.mean([np.mean(1 / np.arange(1, count + 1)) for count in judged]))


def test_spearman_is_that_of_scipy_with_ties_too() -> None:
    random = np.random.default_rng(0)
    first = random.integers(0, 6, 200).astype(float)
    second = first + random.normal(size=200).round(1)
    assert spearman(first, second) == pytest.approx(scipy.stats.spearmanr(first, second).statistic)
    assert spearman(np.ones(5), np.arange(5.0)) == 0.0


def test_tfidf_is_that_of_scikit_learn() -> None:
    texts = ["the cat sat", "the dog sat on the mat", "A cat, a dog", "nothing else", "x"]
    expected = TfidfVectorizer(dtype=np.float32).fit(texts)
    asked = ["the cat on a mat", "a dog the dog", "unknown"]
    found = TfIdf(texts).vectors(asked)
    theirs = expected.transform(asked)
    np.testing.assert_allclose((found @ found.T).numpy(), (theirs @ theirs.T).toarray(), atol=1e-6)


def test_both_passes_over_a_batch_that_does_not_fit_at_once_drop_the_same_units(tmp_path: Path) -> None:
    dataset, compute = open_dataset(topic_pairs(tmp_path / "data")), choose_compute("cpu", "fp32")
    spec = parse_training_spec(spec_of(TEXT_POOL, **(WORDS | {"regularization": {"dropout": 0.5}})))
    training = prepare(spec, dataset, compute, name="", threads=1, group=Group(), warn=lambda _: None)
    network = training.model.network.train()
    outputs: list[torch.Tensor] = []
    network.register_forward_hook(lambda _network, _inputs, found: outputs.append(found.detach()))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
    stepper = Stepper(training.model, optimizer, Group(), lambda _: None, micro_batch_size=4)
    stepper.take(next(training.source.batches(training.split.train, size=12)), step=3, lr=0.0)
    assert len(outputs) == 6
    for first, second in zip(outputs[:3], outputs[3:], strict=True):
        assert torch.equal(first, second)
    assert not torch.equal(outputs[0], outputs[1])


def test_pairs_whose_texts_are_all_alike_have_no_negatives(tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "data", {"text": ["a b"] * 40, "positive": ["c d"] * 40})
    result = train_here(spec_of(TEXT_POOL, **WORDS), data, tmp_path / "out")[-1]
    assert result["test_metrics"]["loss"] == pytest.approx(0)
    assert result["test_metrics"]["mrr"] == 1.0
