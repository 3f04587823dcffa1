"""The task registry: one row per learning task.

The contract's rules, the API, the docs and the engine derive from it; ``trainyard_engine.tasks.registry`` says where
the code of a task is.
"""

from enum import StrEnum

from trainyard_spec import task_options as shared
from trainyard_spec.graders import GRADERS
from trainyard_spec.task_traits import ArchitectureRecommendation, DataKind, InputKind, TaskTraits


class Task(StrEnum):
    IMAGE_CLASSIFICATION = "image_classification"
    IMAGE_REGRESSION = "image_regression"
    TEXT_CLASSIFICATION = "text_classification"
    TEXT_REGRESSION = "text_regression"
    SENTENCE_EMBEDDING = "sentence_embedding"
    TOKEN_CLASSIFICATION = "token_classification"  # noqa: S105  a task, no token of anybody
    AUDIO_CLASSIFICATION = "audio_classification"
    SPEECH_RECOGNITION = "speech_recognition"
    LANGUAGE_MODELLING = "language_modelling"
    INSTRUCTION_TUNING = "instruction_tuning"
    PREFERENCE_TUNING = "preference_tuning"
    TRANSLATION = "translation"
    TABULAR_CLASSIFICATION = "tabular_classification"
    TABULAR_REGRESSION = "tabular_regression"
    TIME_SERIES_FORECASTING = "time_series_forecasting"
    SEQUENCE_CLASSIFICATION = "sequence_classification"
    RECOMMENDATION = "recommendation"

    @property
    def traits(self) -> TaskTraits:
        return TRAITS[self]

    @property
    def is_classification(self) -> bool:
        return self.traits.has_classes


TRAITS: dict[Task, TaskTraits] = {
    Task.IMAGE_CLASSIFICATION: TaskTraits(
        title="Image classification",
        summary="A class, or labels, for each image.",
        data=DataKind.IMAGES,
        has_classes=True,
        losses=shared.CLASS_LOSSES,
        metrics=shared.LABEL_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=shared.BY_COLUMN,
        options=frozenset({"target", "targets", "label_separator", "image_size", *shared.SPLIT_OPTIONS}),
        input=InputKind.BASE64,
        recommended=shared.FOR_IMAGES,
    ),
    Task.IMAGE_REGRESSION: TaskTraits(
        title="Image regression",
        summary="A number, or several, for each image.",
        data=DataKind.IMAGES,
        losses=shared.NUMBER_LOSSES,
        metrics=shared.NUMBER_METRICS,
        default_metric="rmse",
        splits=shared.BY_COLUMN,
        options=frozenset({"target", "targets", "image_size", *shared.SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.BASE64,
        recommended=shared.FOR_IMAGES,
        ends_on_best_loss=True,
    ),
    Task.TEXT_CLASSIFICATION: TaskTraits(
        title="Text classification",
        summary="A class, or labels, for each text.",
        data=DataKind.TEXTS,
        has_classes=True,
        losses=shared.CLASS_LOSSES,
        metrics=shared.LABEL_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=shared.BY_COLUMN,
        sections=("text",),
        options=frozenset({"target", "targets", "label_separator", "text", *shared.SPLIT_OPTIONS}),
        input=InputKind.TEXT,
        recommended=shared.FOR_TEXTS,
    ),
    Task.TEXT_REGRESSION: TaskTraits(
        title="Text regression",
        summary="A number, or several, for each text or other sequence of letters.",
        data=DataKind.TEXTS,
        losses=shared.NUMBER_LOSSES,
        metrics=shared.NUMBER_METRICS,
        default_metric="rmse",
        splits=shared.BY_COLUMN,
        sections=("text",),
        options=frozenset({"target", "targets", "text", *shared.SPLIT_OPTIONS}),
        needs=frozenset({"target", "text"}),
        input=InputKind.TEXT,
        recommended=shared.FOR_TEXTS,
        ends_on_best_loss=True,
    ),
    Task.SENTENCE_EMBEDDING: TaskTraits(
        title="Sentence embedding",
        summary="A vector for each text, near to those of texts that mean the same.",
        data=DataKind.TEXTS,
        losses=shared.EMBEDDING_LOSSES,
        metrics=("loss", "recall_at_1", "recall_at_10", "mrr", "spearman"),
        default_metric="mrr",
        splits=shared.BY_COLUMN,
        sections=("text", "embedding"),
        options=frozenset(shared.SPLIT_OPTIONS),
        input=InputKind.TEXT_OR_PAIR,
        recommended=shared.FOR_TEXTS,
    ),
    Task.TOKEN_CLASSIFICATION: TaskTraits(
        title="Token classification",
        summary="A tag for each word of a text (named entities), or for each letter of a sequence.",
        data=DataKind.TEXTS,
        tags_tokens=True,
        losses=shared.TOKEN_LOSSES,
        metrics=shared.TAG_METRICS,
        default_metric="entity_f1",
        watched=("loss", "accuracy", "entity_f1"),
        sections=("text",),
        options=frozenset({"split"}),
        input=InputKind.TOKENS,
        recommended=(ArchitectureRecommendation("rnn"), ArchitectureRecommendation("transformer", rows=20_000)),
    ),
    Task.AUDIO_CLASSIFICATION: TaskTraits(
        title="Audio classification",
        summary="A class for each recording.",
        data=DataKind.RECORDINGS,
        has_classes=True,
        losses=shared.CLASS_LOSSES,
        metrics=shared.CLASS_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=shared.BY_COLUMN,
        sections=("audio",),
        options=frozenset({"target", "sample_rate", "max_seconds", *shared.SPLIT_OPTIONS}),
        input=InputKind.BASE64,
        recommended=(ArchitectureRecommendation("speech_rnn"),),
    ),
    Task.SPEECH_RECOGNITION: TaskTraits(
        title="Speech recognition",
        summary="What is said in each recording.",
        data=DataKind.RECORDINGS,
        has_transcripts=True,
        losses=("ctc",),
        metrics=("loss", "wer", "cer"),
        default_metric="wer",
        watched=("loss", "wer", "cer"),
        splits=shared.BY_COLUMN,
        sections=("audio",),
        options=frozenset({"sample_rate", "max_seconds", *shared.SPLIT_OPTIONS}),
        input=InputKind.BASE64,
        recommended=(ArchitectureRecommendation("speech_rnn"),),
    ),
    Task.LANGUAGE_MODELLING: TaskTraits(
        title="Language modelling",
        summary="How texts go on, token by token.",
        data=DataKind.TEXTS,
        losses=shared.TOKEN_LOSSES,
        metrics=("loss", "perplexity", "accuracy", "bits_per_character"),
        default_metric="loss",
        watched=("loss", "accuracy"),
        splits=shared.BY_COLUMN,
        sections=("text",),
        options=frozenset({"text", *shared.SPLIT_OPTIONS}),
        input=InputKind.BEGINNING,
        recommended=(ArchitectureRecommendation("gpt"),),
        writes=True,
        ends_on_best_loss=True,
    ),
    Task.INSTRUCTION_TUNING: TaskTraits(
        title="Instruction tuning",
        summary="What an assistant answers in a conversation.",
        data=DataKind.CONVERSATIONS,
        losses=shared.TOKEN_LOSSES,
        metrics=("loss", "perplexity", "accuracy", *GRADERS),
        default_metric="loss",
        watched=("loss", "accuracy"),
        sections=("tuning",),
        options=frozenset({"split"}),
        input=InputKind.MESSAGES,
        recommended=(ArchitectureRecommendation("causal_lm"),),
        writes=True,
        ends_on_best_loss=True,
    ),
    Task.PREFERENCE_TUNING: TaskTraits(
        title="Preference tuning",
        summary="Which of two answers an assistant should rather give.",
        data=DataKind.CONVERSATIONS,
        losses=shared.PREFERENCE_LOSSES,
        metrics=("loss", "accuracy", "reward_margin"),
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        sections=("tuning",),
        options=frozenset({"split"}),
        input=InputKind.MESSAGES,
        recommended=(ArchitectureRecommendation("causal_lm"),),
        writes=True,
    ),
    Task.TRANSLATION: TaskTraits(
        title="Translation",
        summary="A text in another language for each text.",
        data=DataKind.TEXTS,
        losses=shared.TOKEN_LOSSES,
        metrics=("loss", "bleu", "perplexity", "accuracy"),
        default_metric="bleu",
        watched=("loss", "accuracy"),
        splits=shared.BY_COLUMN,
        sections=("text",),
        options=frozenset({"target", "text", *shared.SPLIT_OPTIONS}),
        needs=frozenset({"target", "text"}),
        input=InputKind.TEXT,
        recommended=(ArchitectureRecommendation("seq2seq"),),
        writes=True,
    ),
    Task.TABULAR_CLASSIFICATION: TaskTraits(
        title="Tabular classification",
        summary="A class, or labels, for each row of a table.",
        data=DataKind.TABLES,
        has_classes=True,
        losses=shared.CLASS_LOSSES,
        metrics=shared.LABEL_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=shared.BY_COLUMN,
        options=frozenset({"target", "targets", "label_separator", *shared.SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.OBJECT,
        recommended=(ArchitectureRecommendation("mlp"),),
    ),
    Task.TABULAR_REGRESSION: TaskTraits(
        title="Tabular regression",
        summary="A number, or several, for each row of a table.",
        data=DataKind.TABLES,
        losses=shared.NUMBER_LOSSES,
        metrics=shared.NUMBER_METRICS,
        default_metric="rmse",
        splits=shared.BY_COLUMN,
        options=frozenset({"target", "targets", *shared.SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.OBJECT,
        recommended=(ArchitectureRecommendation("mlp"),),
        ends_on_best_loss=True,
    ),
    Task.TIME_SERIES_FORECASTING: TaskTraits(
        title="Time series forecasting",
        summary="The values of a series that come next.",
        data=DataKind.SERIES,
        losses=shared.NUMBER_LOSSES,
        metrics=("loss", "rmse", "mae", "mape", "smape", "mase", "naive_mae", "seasonal_naive_mae"),
        default_metric="mae",
        splits=("time", "given"),
        sections=("series",),
        options=frozenset({"target", "time", "series", "split"}),
        needs=frozenset({"target", "time"}),
        input=InputKind.STEPS,
        recommended=(ArchitectureRecommendation("tcn"),),
        ends_on_best_loss=True,
    ),
    Task.SEQUENCE_CLASSIFICATION: TaskTraits(
        title="Sequence classification",
        summary="A class for each whole series.",
        data=DataKind.SERIES,
        has_classes=True,
        losses=shared.CLASS_LOSSES,
        metrics=shared.CLASS_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        sections=("sequence",),
        options=frozenset({"target", "time", "series", "split"}),
        needs=frozenset({"target", "time", "series"}),
        input=InputKind.STEPS,
        recommended=(ArchitectureRecommendation("rnn"), ArchitectureRecommendation("tcn", rows=5_000)),
    ),
    Task.RECOMMENDATION: TaskTraits(
        title="ArchitectureRecommendation",
        summary="The best items for each user, or ratings of items.",
        data=DataKind.INTERACTIONS,
        losses=("cross_entropy", *shared.NUMBER_LOSSES),
        metrics=("loss", "ndcg_at_10", "hit_rate_at_10", "recall_at_10", *shared.NUMBER_METRICS[1:]),
        default_metric="ndcg_at_10",
        watched=("loss", "ndcg_at_10"),
        options=frozenset({"user", "item", "target", "time", "split"}),
        needs=frozenset({"user", "item"}),
        input=InputKind.OBJECT,
        recommended=(
            ArchitectureRecommendation("matrix_factorization"),
            ArchitectureRecommendation("two_tower", rows=500_000),
        ),
        ends_on_best_loss=True,
    ),
}

__all__ = ["GRADERS", "TRAITS", "DataKind", "InputKind", "Task", "TaskTraits"]
