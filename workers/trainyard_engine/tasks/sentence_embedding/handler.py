"""Sentence embedding: a vector for each text, near to those of texts that mean the same."""

from dataclasses import replace

import numpy as np
import torch

from trainyard_engine.core.coverage import Coverage, text_coverage, tokens_counted
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import ModelConfig
from trainyard_engine.core.pretrained_backbones import width_of
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.modalities.text.dataset import TokenArrays, tokenize
from trainyard_engine.modalities.text.text_pairs import TextPairEncoder, TextPairSource, roles_of, text_identities
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing, RowHandler
from trainyard_engine.tasks.sentence_embedding.baselines import RetrievalContest, ScoreContest
from trainyard_engine.tasks.sentence_embedding.objective import CosineSimilarity, InfoNce
from trainyard_engine.tasks.sentence_embedding.predict import EmbeddingAnswers
from trainyard_engine.tasks.shared.texts import fit_texts
from trainyard_engine.tasks.verdict.contest import Contest, Tested
from trainyard_spec.automatic import AUTO
from trainyard_spec.datasets import TextProfile
from trainyard_spec.embeddings import EmbeddingConfig
from trainyard_spec.resolution import embedding_loss
from trainyard_spec.training import TrainingSpec

DIMENSIONS = 128
"""Of a network that is trained from nothing, unless its spec says otherwise."""


class SentenceEmbedding(EmbeddingAnswers, RowHandler):
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split, roles = split_examples(dataset, spec.split), roles_of(dataset)
        is_new = preprocessing is None
        if preprocessing is None and start:
            preprocessing = replace(start.preprocessing, coverage=None)
        preprocessing = preprocessing or fit_texts(dataset, split.train, spec, roles)
        tokens = [tokenize(dataset, preprocessing.known_tokenizer, name) for name in roles]
        if is_new:
            coverage = _coverage(tokens, split.train, preprocessing)
            preprocessing = replace(preprocessing, coverage=start.covered(coverage) if start else coverage)
        has_scores = _loss(spec, dataset.compiled.profile) == "cosine_similarity"
        target = dataset.target if has_scores else text_identities(dataset)
        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: TextPairSource(tokens, target, device),
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TextPairEncoder:
        return TextPairEncoder(preprocessing.known_tokenizer)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> InfoNce | CosineSimilarity:
        section = config.spec.training.embedding or EmbeddingConfig()
        dimensions = DIMENSIONS if section.dimensions == AUTO else section.dimensions
        if preprocessing.base:
            dimensions = width_of(preprocessing.base)
        longest = preprocessing.known_tokenizer.max_length
        if _loss(config.spec, config.profile) == "cosine_similarity":
            return CosineSimilarity(dimensions=dimensions, max_length=longest)
        return InfoNce(dimensions=dimensions, temperature=section.temperature, max_length=longest)

    def contest(self, tested: Tested) -> Contest:
        return (
            ScoreContest(tested) if isinstance(tested.model.objective, CosineSimilarity) else RetrievalContest(tested)
        )


def _loss(spec: TrainingSpec, profile: object) -> str:
    assert isinstance(profile, TextProfile)  # noqa: S101  as the task says
    return embedding_loss(spec, profile)


def _coverage(tokens: list[TokenArrays], train: Rows, preprocessing: Preprocessing) -> Coverage:
    """Which tokens the training rows hold, in any of their texts."""
    vocabulary = preprocessing.known_tokenizer.vocabulary
    spans = [(each.ids, each.offsets[train], each.offsets[train + 1] - each.offsets[train]) for each in tokens]
    if preprocessing.base:
        met = np.ones(vocabulary, dtype=np.bool_)  # What it read before knows no bounds.
    else:
        counts = [tokens_counted(ids, starts, lengths, vocabulary=vocabulary) for ids, starts, lengths in spans]
        met = np.sum(counts, axis=0) > 0
    longest = max(int(lengths.max()) for _, _, lengths in spans)
    return text_coverage(met, np.empty(0), classes=0, longest=longest)


HANDLER = SentenceEmbedding()
