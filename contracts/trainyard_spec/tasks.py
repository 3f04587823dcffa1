"""The task registry: what everybody has to know of each learning task, one row each.

The contract's rules, the API, docs and the engine derive from it; ``trainyard_engine.tasks.registry`` says where a
task's code is.
"""

from enum import StrEnum

from trainyard_spec.graders import GRADERS
from trainyard_spec.task_traits import DataKind, InputKind, Recommendation, TaskTraits


class Task(StrEnum):
    IMAGE_CLASSIFICATION = "image_classification"
    IMAGE_REGRESSION = "image_regression"
    TEXT_CLASSIFICATION = "text_classification"
    TEXT_REGRESSION = "text_regression"
    SENTENCE_EMBEDDING = "sentence_embedding"
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


SPLIT_OPTIONS = ("time", "group", "split")
BY_COLUMN = ("random", "time", "group", "given")
"""Of tasks whose rows may be rows of a table, with further columns."""

CLASS_LOSSES = ("cross_entropy", "focal", "bce")
TOKEN_LOSSES = ("cross_entropy",)
PREFERENCE_LOSSES = ("dpo", "orpo", "kto")
EMBEDDING_LOSSES = ("info_nce", "cosine_similarity")
NUMBER_LOSSES = ("mse", "mae", "huber")

CLASS_METRICS = ("loss", "accuracy", "f1_macro", "f1_micro", "precision_macro", "recall_macro", "roc_auc")
LABEL_METRICS = (*CLASS_METRICS, "hamming_loss")
FOR_IMAGES = (Recommendation("cnn"), Recommendation("resnet", rows=5_000))
FOR_TEXTS = (Recommendation("text_pool"), Recommendation("transformer", rows=20_000))

NUMBER_METRICS = ("loss", "rmse", "mae", "mse", "r2", "mape", "smape")


TRAITS: dict[Task, TaskTraits] = {
    Task.IMAGE_CLASSIFICATION: TaskTraits(
        title="Image classification",
        summary="A class, or labels, for each image.",
        data=DataKind.IMAGES,
        has_classes=True,
        losses=CLASS_LOSSES,
        metrics=LABEL_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=BY_COLUMN,
        options=frozenset({"target", "targets", "label_separator", "image_size", *SPLIT_OPTIONS}),
        input=InputKind.BASE64,
        recommended=FOR_IMAGES,
    ),
    Task.IMAGE_REGRESSION: TaskTraits(
        title="Image regression",
        summary="A number, or several, for each image.",
        data=DataKind.IMAGES,
        losses=NUMBER_LOSSES,
        metrics=NUMBER_METRICS,
        default_metric="rmse",
        splits=BY_COLUMN,
        options=frozenset({"target", "targets", "image_size", *SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.BASE64,
        recommended=FOR_IMAGES,
        ends_on_best_loss=True,
    ),
    Task.TEXT_CLASSIFICATION: TaskTraits(
        title="Text classification",
        summary="A class, or labels, for each text.",
        data=DataKind.TEXTS,
        has_classes=True,
        losses=CLASS_LOSSES,
        metrics=LABEL_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=BY_COLUMN,
        sections=("text",),
        options=frozenset({"target", "targets", "label_separator", "text", *SPLIT_OPTIONS}),
        input=InputKind.TEXT,
        recommended=FOR_TEXTS,
    ),
    Task.TEXT_REGRESSION: TaskTraits(
        title="Text regression",
        summary="A number, or several, for each text or other sequence of letters.",
        data=DataKind.TEXTS,
        losses=NUMBER_LOSSES,
        metrics=NUMBER_METRICS,
        default_metric="rmse",
        splits=BY_COLUMN,
        sections=("text",),
        options=frozenset({"target", "targets", "text", *SPLIT_OPTIONS}),
        needs=frozenset({"target", "text"}),
        input=InputKind.TEXT,
        recommended=FOR_TEXTS,
        ends_on_best_loss=True,
    ),
    Task.SENTENCE_EMBEDDING: TaskTraits(
        title="Sentence embedding",
        summary="A vector for each text, near to those of texts that mean the same.",
        data=DataKind.TEXTS,
        losses=EMBEDDING_LOSSES,
        metrics=("loss", "recall_at_1", "recall_at_10", "mrr", "spearman"),
        default_metric="mrr",
        splits=BY_COLUMN,
        sections=("text", "embedding"),
        options=frozenset(SPLIT_OPTIONS),
        input=InputKind.TEXT_OR_PAIR,
        recommended=FOR_TEXTS,
    ),
    Task.AUDIO_CLASSIFICATION: TaskTraits(
        title="Audio classification",
        summary="A class for each recording.",
        data=DataKind.RECORDINGS,
        has_classes=True,
        losses=CLASS_LOSSES,
        metrics=CLASS_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        sections=("audio",),
        options=frozenset({"sample_rate", "max_seconds", "split"}),
        input=InputKind.BASE64,
        recommended=(Recommendation("speech_rnn"),),
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
        splits=BY_COLUMN,
        sections=("audio",),
        options=frozenset({"sample_rate", "max_seconds", *SPLIT_OPTIONS}),
        input=InputKind.BASE64,
        recommended=(Recommendation("speech_rnn"),),
    ),
    Task.LANGUAGE_MODELLING: TaskTraits(
        title="Language modelling",
        summary="How texts go on, token by token.",
        data=DataKind.TEXTS,
        losses=TOKEN_LOSSES,
        metrics=("loss", "perplexity", "accuracy", "bits_per_character"),
        default_metric="loss",
        watched=("loss", "accuracy"),
        splits=BY_COLUMN,
        sections=("text",),
        options=frozenset({"text", *SPLIT_OPTIONS}),
        input=InputKind.BEGINNING,
        recommended=(Recommendation("gpt"),),
        writes=True,
        ends_on_best_loss=True,
    ),
    Task.INSTRUCTION_TUNING: TaskTraits(
        title="Instruction tuning",
        summary="What an assistant answers in a conversation.",
        data=DataKind.CONVERSATIONS,
        losses=TOKEN_LOSSES,
        metrics=("loss", "perplexity", "accuracy", *GRADERS),
        default_metric="loss",
        watched=("loss", "accuracy"),
        sections=("tuning",),
        options=frozenset({"split"}),
        input=InputKind.MESSAGES,
        recommended=(Recommendation("causal_lm"),),
        writes=True,
        ends_on_best_loss=True,
    ),
    Task.PREFERENCE_TUNING: TaskTraits(
        title="Preference tuning",
        summary="Which of two answers an assistant should rather give.",
        data=DataKind.CONVERSATIONS,
        losses=PREFERENCE_LOSSES,
        metrics=("loss", "accuracy", "reward_margin"),
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        sections=("tuning",),
        options=frozenset({"split"}),
        input=InputKind.MESSAGES,
        recommended=(Recommendation("causal_lm"),),
        writes=True,
    ),
    Task.TRANSLATION: TaskTraits(
        title="Translation",
        summary="A text in another language for each text.",
        data=DataKind.TEXTS,
        losses=TOKEN_LOSSES,
        metrics=("loss", "bleu", "perplexity", "accuracy"),
        default_metric="bleu",
        watched=("loss", "accuracy"),
        splits=BY_COLUMN,
        sections=("text",),
        options=frozenset({"target", "text", *SPLIT_OPTIONS}),
        needs=frozenset({"target", "text"}),
        input=InputKind.TEXT,
        recommended=(Recommendation("seq2seq"),),
        writes=True,
    ),
    Task.TABULAR_CLASSIFICATION: TaskTraits(
        title="Tabular classification",
        summary="A class, or labels, for each row of a table.",
        data=DataKind.TABLES,
        has_classes=True,
        losses=CLASS_LOSSES,
        metrics=LABEL_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        splits=BY_COLUMN,
        options=frozenset({"target", "targets", "label_separator", *SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.OBJECT,
        recommended=(Recommendation("mlp"),),
    ),
    Task.TABULAR_REGRESSION: TaskTraits(
        title="Tabular regression",
        summary="A number, or several, for each row of a table.",
        data=DataKind.TABLES,
        losses=NUMBER_LOSSES,
        metrics=NUMBER_METRICS,
        default_metric="rmse",
        splits=BY_COLUMN,
        options=frozenset({"target", "targets", *SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.OBJECT,
        recommended=(Recommendation("mlp"),),
        ends_on_best_loss=True,
    ),
    Task.TIME_SERIES_FORECASTING: TaskTraits(
        title="Time series forecasting",
        summary="The values of a series that come next.",
        data=DataKind.SERIES,
        losses=NUMBER_LOSSES,
        metrics=("loss", "rmse", "mae", "mape", "smape", "mase", "naive_mae", "seasonal_naive_mae"),
        default_metric="mae",
        splits=("time", "given"),
        sections=("series",),
        options=frozenset({"target", "time", "series", "split"}),
        needs=frozenset({"target", "time"}),
        input=InputKind.STEPS,
        recommended=(Recommendation("tcn"),),
        ends_on_best_loss=True,
    ),
    Task.SEQUENCE_CLASSIFICATION: TaskTraits(
        title="Sequence classification",
        summary="A class for each whole series.",
        data=DataKind.SERIES,
        has_classes=True,
        losses=CLASS_LOSSES,
        metrics=CLASS_METRICS,
        default_metric="accuracy",
        watched=("loss", "accuracy"),
        sections=("sequence",),
        options=frozenset({"target", "time", "series", "split"}),
        needs=frozenset({"target", "time", "series"}),
        input=InputKind.STEPS,
        recommended=(Recommendation("rnn"), Recommendation("tcn", rows=5_000)),
    ),
    Task.RECOMMENDATION: TaskTraits(
        title="Recommendation",
        summary="The best items for each user, or ratings of items.",
        data=DataKind.INTERACTIONS,
        losses=("cross_entropy", *NUMBER_LOSSES),
        metrics=("loss", "ndcg_at_10", "hit_rate_at_10", "recall_at_10", *NUMBER_METRICS[1:]),
        default_metric="ndcg_at_10",
        watched=("loss", "ndcg_at_10"),
        options=frozenset({"user", "item", "target", "time", "split"}),
        needs=frozenset({"user", "item"}),
        input=InputKind.OBJECT,
        recommended=(Recommendation("matrix_factorization"), Recommendation("two_tower", rows=500_000)),
        ends_on_best_loss=True,
    ),
}

__all__ = ["GRADERS", "TRAITS", "DataKind", "InputKind", "Task", "TaskTraits"]
