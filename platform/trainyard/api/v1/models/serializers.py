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
    job_id = OfJobField(help_text="Empty of an imported adapter.")
    origin = serializers.ChoiceField(choices=Model.Origin.choices, help_text="Whether a job made it, or an upload.")
    base = serializers.CharField(help_text="Of an imported adapter: the registered model that it adapts; else empty.")
    name = serializers.CharField()
    task = serializers.ChoiceField(choices=[task.value for task in Task])
    architecture = serializers.CharField()
    dataset_id = OfJobField(source="job.dataset_version.dataset_id", help_text="Empty of an imported adapter.")
    dataset_version = OfJobField(source="job.dataset_version_id", help_text="Empty of an imported adapter.")
    init_from = serializers.CharField(
        source="job.init_from", allow_null=True, help_text="The model that its training started from."
    )
    test_metrics = serializers.DictField(child=serializers.FloatField())
    verdict = VerdictField(source="job.verdict", allow_null=True, help_text="Null of models of earlier releases.")
    parameters = serializers.IntegerField(help_text="Number of trained weights.")
    weights_sha256 = serializers.CharField()
    files = ModelFileSerializer(many=True)
    created_at = serializers.DateTimeField()
    allowed_actions = AllowedActionsField(MODEL_ACTIONS)


class ClassReportSerializer(serializers.Serializer[Any]):
    classes = serializers.ListField(child=serializers.CharField(), help_text="In the order of everything below.")
    precision = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="0 for a class with test rows that no row was taken for; null where neither is the case.",
    )
    recall = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Null for a class without test rows."
    )
    f1 = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Null where precision is.")
    rows = serializers.ListField(child=serializers.IntegerField(), help_text="Test rows of each class.")
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="A row for each class: how many of it were taken for which. Empty for more than 100 classes.",
    )


class ModelDetailSerializer(ModelSerializer):
    class_report = ClassReportSerializer(allow_null=True, help_text="What happened to each class in the test.")


class AdapterUploadSerializer(StrictSerializer):
    file = serializers.FileField(
        help_text="A zip of the directory that peft's save_pretrained wrote: `adapter_config.json` and "
        "`adapter_model.safetensors` are read, and nothing else."
    )
    base = serializers.CharField(max_length=63, help_text="Name of the registered language model that it adapts.")
    name = serializers.CharField(max_length=120, help_text="Name of the model, for people.")


class ModelFilterSerializer(StrictSerializer):
    init_from = serializers.CharField(required=False, help_text="The model that their trainings started from.")


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
        help_text="Of language models: server-sent events `part` as answers are written, at last `predictions`.",
    )


class PredictUploadSerializer(StrictSerializer):
    inputs = serializers.ListField(child=serializers.FileField(), help_text="One file part an image or recording.")


class RecommendedItemSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    score = serializers.FloatField(help_text="The rating, of a model that learnt ratings; higher is better.")


class PredictionWarningSerializer(serializers.Serializer[Any]):
    """A part of the input that the model did not know or did not read."""

    code = serializers.CharField(help_text=f"Stable: {', '.join(PredictionWarningCode)}; there may be more.")
    message = serializers.CharField()
    column = serializers.CharField(allow_null=True, help_text="The part of the input that is meant, if it has parts.")


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
        child=serializers.IntegerField(), allow_null=True, help_text="UTF-8; null of a part of a character."
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
    score = serializers.FloatField(help_text="The mean probability of the tags of its words.")


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
        child=serializers.CharField(), required=False, help_text="Those with a probability over 0.5."
    )
    values = ForecastOrTargetsField(required=False, help_text="The next steps in order, or a number for each target.")
    embedding = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="Of a text: a vector of length 1."
    )
    similarity = serializers.FloatField(required=False, help_text="Of two texts: the cosine of their vectors.")
    tokens = serializers.ListField(child=serializers.CharField(), required=False, help_text="The words of the text.")
    tags = serializers.ListField(child=serializers.CharField(), required=False, help_text="One of each word.")
    scores = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="The probability of each word's tag."
    )
    entities = FoundEntitySerializer(many=True, required=False)
    items = RecommendedItemSerializer(many=True, required=False)
    known_user = serializers.BooleanField(required=False, help_text="Whether training met the user.")
    known_item = serializers.BooleanField(required=False, help_text="Whether training met the item.")
    finish_reason = serializers.CharField(
        required=False, help_text="Of a language model: `stop` at its end or a stop sequence, `length` at the limit."
    )
    usage = TokenUsageSerializer(required=False, help_text="Of a language model: tokens read and written.")
    seed = serializers.IntegerField(required=False, help_text="Of a language model: what decided the draws.")
    logprobs = GeneratedTokenSerializer(many=True, required=False, help_text="Each token written, where asked.")
    warnings = PredictionWarningSerializer(
        many=True,
        help_text=f"What to know before relying on the answer: empty where nothing is, at most {MOST_WARNINGS}.",
    )


class PredictionsSerializer(serializers.Serializer[Any]):
    predictions = PredictionSerializer(many=True)
