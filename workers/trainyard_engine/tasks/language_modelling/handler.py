"""Documents, to learn from how texts go on."""

from typing import Any

import torch

from trainyard_engine.core.coverage import with_augments
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.provenance import Places
from trainyard_engine.core.split import split_examples
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.encode import StreamEncoder, TextEncoder
from trainyard_engine.modalities.text.decoding import decode, most_tokens
from trainyard_engine.modalities.text.generation import Generation, never_generated
from trainyard_engine.modalities.text.input_warnings import note_unknown_words
from trainyard_engine.modalities.text.streams import BlockSource, blocks_of, fit_on_documents, stream_coverage
from trainyard_engine.modalities.text.tokenizer import END, TextTokenizer
from trainyard_engine.tasks.handler import Encoder, Inheritance, Objective, PreparedData, Preprocessing
from trainyard_engine.tasks.language_modelling.beginnings import Beginning, beginning
from trainyard_engine.tasks.language_modelling.continued import ContinuedPretraining
from trainyard_engine.tasks.language_modelling.decoding import GptDecoder, looks_back, numbers_a_token
from trainyard_engine.tasks.language_modelling.objective import NextToken, SpelledTokens
from trainyard_engine.tasks.shared.text_baselines import TokenContest
from trainyard_engine.tasks.verdict.contest import Contest, Tested
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import TrainingSpec


class TrainingFromScratch:
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        documents = split_examples(dataset, spec.split)
        known = preprocessing or (start.preprocessing if start else None)
        tokenizer = known.writers_tokenizer if known else None
        if tokenizer is None:
            tokenizer = fit_on_documents(dataset, documents.train, spec.training.text or TextConfig())
        blocks = blocks_of(dataset, tokenizer, documents)
        if preprocessing is None:
            found = with_augments(stream_coverage(blocks, tokenizer.vocabulary), spec.training.augment)
            coverage = start.covered(found) if start else found
            preprocessing = Preprocessing(Statistics(), tokenizer, coverage=coverage)
        return PreparedData(
            split=blocks.split, preprocessing=preprocessing, open_source=lambda device: BlockSource(blocks, device)
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """Documents flow into one another: a block of their tokens, by its number, is of no one row."""
        return lambda blocks: {"block": (blocks + 1).tolist()}

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TextEncoder:
        if config.coverage is None:
            return TextEncoder(preprocessing.writers_tokenizer)
        return StreamEncoder(preprocessing.writers_tokenizer, config.coverage, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> NextToken:
        text = config.spec.training.text
        objective = NextToken if text and text.tokenizer == "words" else SpelledTokens
        return objective(config.spec, preprocessing.writers_tokenizer)

    def contest(self, tested: Tested) -> TokenContest:
        return TokenContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        tokenizer, coverage, longest = model.preprocessing.writers_tokenizer, model.config.coverage, looks_back(model)
        asked = [beginning(value, index) for index, value in enumerate(inputs)]
        generations = [_generation(each, tokenizer) for each in asked]
        note_unknown_words([each.text for each in asked], tokenizer, coverage, notes, last=longest)
        decode(
            generations,
            lambda places: GptDecoder(model, capacity=max(most_tokens(generations[place]) for place in places)),
            at_once=model.objective.evaluation_rows,
            numbers_a_token=numbers_a_token(model),
            never=never_generated(coverage),
        )
        return [{"text": tokenizer.decode(generation.generated)} for generation in generations]


def _generation(asked: Beginning, tokenizer: TextTokenizer) -> Generation:
    given = [END]
    if asked.text:
        given += tokenizer.encode([asked.text], whole=True)[0].tolist()
    return Generation(
        given,
        asked.max_tokens,
        asked.temperature,
        asked.seed,
        num_beams=asked.num_beams,
        length_penalty=asked.length_penalty_used,
    )


class LanguageModelling:
    """By the architecture: a registered model keeps its tokenizer, and others learn one."""

    _from_scratch, _continued = TrainingFromScratch(), ContinuedPretraining()

    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        if isinstance(spec.architecture, CausalLmConfig):
            return self._continued.prepare(dataset, spec, preprocessing=preprocessing, start=start)
        return self._from_scratch.prepare(dataset, spec, preprocessing=preprocessing, start=start)

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        return self._by(spec).places(dataset, spec)

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> Encoder:
        return self._by(config.spec).encoder(config, preprocessing, device)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Objective:
        return self._by(config.spec).objective(config, preprocessing)

    def contest(self, tested: Tested) -> Contest:
        return self._by(tested.spec).contest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        return self._by(model.config.spec).predict(model, inputs, notes)

    def _by(self, spec: TrainingSpec) -> TrainingFromScratch | ContinuedPretraining:
        return self._continued if isinstance(spec.architecture, CausalLmConfig) else self._from_scratch


HANDLER = LanguageModelling()
