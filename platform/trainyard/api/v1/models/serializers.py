"""Bodies of models and predictions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard.api.allowed_actions import AllowedActionsField
from trainyard.api.object_actions import MODEL_ACTIONS
from trainyard.api.serializers import PageSerializer, StrictSerializer
from trainyard.api.v1.jobs.fields import VerdictField
from trainyard.registry.models import Model
from trainyard_spec.engine_protocol import MOST_WARNINGS, PredictionWarningCode
from trainyard_spec.tasks import Task

GENERATION_KEYS = frozenset({"messages", "prompt"})


class ModelFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class OfJobField(serializers.CharField):
    """Id of the job, and empty for a model without one, because clients of earlier releases expect a string."""

    def get_attribute(self, instance: Model) -> Any:
        return "" if instance.job_id is None else super().get_attribute(instance)


class ModelSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    job_id = OfJobField(help_text="Empty for an imported adapter.")
    origin = serializers.ChoiceField(
        choices=Model.Origin.choices, help_text="Whether it was trained by a job or imported."
    )
    base = serializers.CharField(help_text="Registered base model of an imported adapter; else empty.")
    name = serializers.CharField()
    task = serializers.ChoiceField(choices=[task.value for task in Task])
    architecture = serializers.CharField()
    dataset_id = OfJobField(source="job.dataset_version.dataset_id", help_text="Empty for an imported adapter.")
    dataset_version = OfJobField(source="job.dataset_version_id", help_text="Empty for an imported adapter.")
    init_from = serializers.CharField(
        source="job.init_from", allow_null=True, help_text="Id of the model from which its training started."
    )
    test_metrics = serializers.DictField(child=serializers.FloatField())
    verdict = VerdictField(
        source="job.verdict",
        allow_null=True,
        help_text="Comparison with baselines; null for models of earlier releases.",
    )
    parameters = serializers.IntegerField(help_text="Number of trained weights.")
    weights_sha256 = serializers.CharField()
    files = ModelFileSerializer(many=True)
    created_at = serializers.DateTimeField()
    allowed_actions = AllowedActionsField(MODEL_ACTIONS)


class ClassReportSerializer(serializers.Serializer[Any]):
    classes = serializers.ListField(
        child=serializers.CharField(), help_text="Class names; the other lists are in this order."
    )
    precision = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="Precision per class; 0 for a class with test rows that was never predicted, null without both.",
    )
    recall = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Recall per class; null for a class without test rows."
    )
    f1 = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="F1 per class; null where the precision is null."
    )
    rows = serializers.ListField(child=serializers.IntegerField(), help_text="Number of test rows per class.")
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Confusion matrix: a row per true class, a column per predicted class. Empty for more than 100 "
        "classes.",
    )


class ModelDetailSerializer(ModelSerializer):
    class_report = ClassReportSerializer(allow_null=True, help_text="Test results per class.")


class AdapterUploadSerializer(StrictSerializer):
    file = serializers.FileField(
        help_text="Zip of the directory that peft's `save_pretrained` wrote. Only `adapter_config.json` and "
        "`adapter_model.safetensors` are read."
    )
    base = serializers.CharField(max_length=63, help_text="Name of the registered language model that it adapts.")
    name = serializers.CharField(max_length=120, help_text="Name of the model, for people.")


class ModelFilterSerializer(StrictSerializer):
    init_from = serializers.CharField(required=False, help_text="Only models whose training started from this model.")


class ModelPageSerializer(PageSerializer):
    data = ModelSerializer(many=True)


@extend_schema_field(
    {
        # A row of plain values is an object with more, too: one of the alternatives, but not exactly one.
        "anyOf": [
            {"type": "string", "description": "A text; of an image or a recording, the base64 text of its file."},
            {
                "type": "object",
                "description": "A row: column and value.",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
            {
                "type": "object",
                "description": "Of language models: messages, or a prompt, and how to go on (GenerationInput).",
                "additionalProperties": True,
            },
            {
                "type": "array",
                "description": "The steps of a series, with their times or oldest first: numbers, or an object a step.",
                "items": {
                    "oneOf": [
                        {"type": "number"},
                        {
                            "type": "object",
                            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                        },
                    ]
                },
            },
        ]
    }
)
class InputField(serializers.JSONField):
    """Text, an object of scalar values, or a list of either; chat messages and prompts are objects with more fields."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and data.keys() & GENERATION_KEYS:
            return data  # whether a language model takes it is the domain's to say
        values = [value for part in (data if isinstance(data, list) else [data]) for value in _flat(part)]
        if any(isinstance(value, dict | list) for value in values):
            raise serializers.ValidationError("An input is text, an object of plain values, or a list of steps.")
        return data


def _flat(part: Any) -> list[Any]:
    return [*part, *part.values()] if isinstance(part, dict) else [part]


class PredictSerializer(StrictSerializer):
    inputs = serializers.ListField(child=InputField(), help_text="1 to 256 rows, images, texts, recordings or series.")
    stream = serializers.BooleanField(
        default=False,
        help_text="For language models: server-sent events `part` while answers are generated, then `predictions`.",
    )


class PredictUploadSerializer(StrictSerializer):
    inputs = serializers.ListField(child=serializers.FileField(), help_text="One file part per image or recording.")


class RecommendedItemSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    score = serializers.FloatField(help_text="Score, higher is better; a rating if the model was trained on ratings.")


class PredictionWarningSerializer(serializers.Serializer[Any]):
    """A part of the input that the model did not know or did not read."""

    code = serializers.CharField(help_text=f"Stable: {', '.join(PredictionWarningCode)}; there may be more.")
    message = serializers.CharField()
    column = serializers.CharField(
        allow_null=True, help_text="Part of the input that the warning is about, if it has parts."
    )


@extend_schema_field(
    {
        "oneOf": [
            {"type": "array", "items": {"type": "number", "format": "double"}},
            {"type": "object", "additionalProperties": {"type": "number", "format": "double"}},
        ]
    }
)
class ForecastOrTargetsField(serializers.JSONField):
    """Numbers as a list, or as an object by name."""


class TokenUsageSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    total_tokens = serializers.IntegerField()


class AlternativeTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    bytes = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="UTF-8 bytes; null for a token that is part of a character.",
    )
    logprob = serializers.FloatField()


class GeneratedTokenSerializer(AlternativeTokenSerializer):
    top_logprobs = AlternativeTokenSerializer(many=True)


class FoundEntitySerializer(serializers.Serializer[Any]):
    """Entity in a text, from character offset `start` (inclusive) to `end` (exclusive)."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()
    score = serializers.FloatField(help_text="Mean probability of the tags of its words.")


class PredictionSerializer(serializers.Serializer[Any]):
    """Prediction for one input; the task decides which fields are set.

    ``label`` and ``probabilities``: classification; ``labels`` where a row may have several. ``value``: regression;
    ``values``: a forecast, or one number per target. ``text``: speech recognition, or generated text. ``embedding`` of
    a text, or ``similarity`` of two texts. ``tags`` of the ``tokens`` of a text, and the ``entities`` that they mark.
    """

    label = serializers.CharField(required=False)  # type: ignore[assignment]
    probabilities = serializers.DictField(child=serializers.FloatField(), required=False)
    value = serializers.FloatField(required=False)
    text = serializers.CharField(required=False, allow_blank=True)
    labels = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Labels with a probability over 0.5."
    )
    values = ForecastOrTargetsField(required=False, help_text="Forecast steps in order, or a number per target.")
    embedding = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="Embedding of a text, a vector of length 1."
    )
    similarity = serializers.FloatField(required=False, help_text="Cosine similarity of two texts.")
    tokens = serializers.ListField(child=serializers.CharField(), required=False, help_text="The words of the text.")
    tags = serializers.ListField(child=serializers.CharField(), required=False, help_text="Tag of each word.")
    scores = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="Probability of each word's tag."
    )
    entities = FoundEntitySerializer(many=True, required=False)
    items = RecommendedItemSerializer(many=True, required=False)
    known_user = serializers.BooleanField(required=False, help_text="Whether the user is in the training data.")
    known_item = serializers.BooleanField(required=False, help_text="Whether the item is in the training data.")
    finish_reason = serializers.CharField(
        required=False,
        help_text="For language models: `stop` at the end of the text or a stop sequence, `length` at the token limit.",
    )
    usage = TokenUsageSerializer(
        required=False, help_text="For language models: number of prompt and completion tokens."
    )
    seed = serializers.IntegerField(required=False, help_text="For language models: random seed of the sampling.")
    logprobs = GeneratedTokenSerializer(
        many=True, required=False, help_text="Generated tokens with log-probabilities, if requested."
    )
    warnings = PredictionWarningSerializer(
        many=True,
        help_text=f"Reasons why the prediction may be unreliable, at most {MOST_WARNINGS}.",
    )


class PredictionsSerializer(serializers.Serializer[Any]):
    predictions = PredictionSerializer(many=True)
