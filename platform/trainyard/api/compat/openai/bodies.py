"""Request bodies of OpenAI's calls. Unsupported options are refused by name; those without effect are ignored."""

import json
from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import AmountField, StrictSerializer
from trainyard.fine_tuning.specs import AUTO, HYPERPARAMETERS, MAX_LENGTH
from trainyard_spec.generation import MOST_STOPS, MOST_TOKENS, MOST_TOP_LOGPROBS

MOST_LISTED = 1_000
MOST_CHOICES = 16
MOST_PROMPTS = 64
MOST_METADATA = 16


class ListSerializer(serializers.Serializer[Any]):
    after = serializers.CharField(default="", allow_blank=True)
    limit = serializers.IntegerField(default=20, min_value=1, max_value=MOST_LISTED)


class FileListSerializer(ListSerializer):
    limit = serializers.IntegerField(default=MOST_LISTED, min_value=1, max_value=10 * MOST_LISTED)
    order = serializers.ChoiceField(choices=["asc", "desc"], default="desc")
    purpose = serializers.CharField(default="", allow_blank=True)


class FileUploadSerializer(StrictSerializer):
    purpose = serializers.CharField()
    file = serializers.FileField()


class AutoField(serializers.Field[Any, Any, Any, Any]):
    """``"auto"``, or a number of ``kind`` greater than 0."""

    def __init__(self, kind: type, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def to_internal_value(self, data: Any) -> Any:
        if data == AUTO:
            return AUTO
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        if not is_number or data <= 0 or (self.kind is int and data != int(data)):
            raise serializers.ValidationError(f'This has to be "auto" or a number above 0, not {data!r}.')
        return self.kind(data)

    def to_representation(self, value: Any) -> Any:
        return value


class HyperparametersSerializer(StrictSerializer):
    n_epochs = AutoField(int, required=False)
    batch_size = AutoField(int, required=False)
    learning_rate_multiplier = AutoField(float, required=False)
    beta = AutoField(float, required=False)


class WithHyperparametersSerializer(StrictSerializer):
    hyperparameters = HyperparametersSerializer(required=False, default=dict)


class MethodSerializer(StrictSerializer):
    type = serializers.ChoiceField(choices=sorted(HYPERPARAMETERS))
    supervised = WithHyperparametersSerializer(required=False)
    dpo = WithHyperparametersSerializer(required=False)


class FineTuningRequestSerializer(StrictSerializer):
    """Fine-tuning request.

    ``max_cost``, ``pool`` and ``max_length`` are Trainyard's own fields, sent as ``extra_body``.
    """

    model = serializers.CharField(max_length=63)
    training_file = serializers.CharField()
    validation_file = serializers.CharField(required=False, allow_null=True)
    method = MethodSerializer(required=False)
    hyperparameters = HyperparametersSerializer(required=False)
    suffix = serializers.CharField(required=False, allow_null=True, max_length=64)
    seed = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    metadata = serializers.DictField(
        child=serializers.CharField(max_length=512, allow_blank=True), required=False, allow_null=True
    )
    integrations = serializers.ListField(required=False, allow_null=True, max_length=0)
    max_cost = AmountField(required=False)
    pool = serializers.CharField(required=False, max_length=63)
    max_length = serializers.IntegerField(required=False, min_value=8, max_value=131_072)

    def validate_metadata(self, value: dict[str, str] | None) -> dict[str, str]:
        if value and (len(value) > MOST_METADATA or any(len(key) > 64 for key in value)):
            raise serializers.ValidationError("At most 16 keys of up to 64 characters each.")
        return value or {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        method = attrs.get("method") or {"type": "supervised"}
        kind = method["type"]
        asked = (method.get(kind) or {}).get("hyperparameters") or attrs.get("hyperparameters") or {}
        for name in sorted(set(asked) - HYPERPARAMETERS[kind]):
            raise serializers.ValidationError({f"hyperparameters.{name}": f"{name} is no hyperparameter of {kind}."})
        own = {MAX_LENGTH: attrs[MAX_LENGTH]} if MAX_LENGTH in attrs else {}
        return {**attrs, "method": kind, "hyperparameters": {**asked, **own}}


class StreamOptionsSerializer(serializers.Serializer[Any]):
    include_usage = serializers.BooleanField(default=False)


class StopField(serializers.Field[Any, Any, Any, Any]):
    """Stop sequence, or a list of up to four."""

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        texts = [data] if isinstance(data, str) else data
        if not isinstance(texts, list) or len(texts) > MOST_STOPS or not all(isinstance(t, str) and t for t in texts):
            raise serializers.ValidationError(f"stop is a text, or a list of up to {MOST_STOPS}.")
        return tuple(texts)

    def to_representation(self, value: Any) -> Any:
        return value


def _let_through() -> serializers.JSONField:
    """Lets what changes no answer here through: names of callers, labels, caches, tiers."""
    return serializers.JSONField(required=False, allow_null=True)


class GenerationSerializer(StrictSerializer):
    """Options that chat completions and completions share."""

    model = serializers.CharField()
    temperature = serializers.FloatField(default=1.0, min_value=0, max_value=2, allow_null=True)
    top_p = serializers.FloatField(default=1.0, min_value=1e-9, max_value=1, allow_null=True)
    top_k = serializers.IntegerField(default=0, min_value=0)
    n = serializers.IntegerField(default=1, min_value=1, max_value=MOST_CHOICES, allow_null=True)
    stop = StopField(required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    stream = serializers.BooleanField(default=False, allow_null=True)
    stream_options = StreamOptionsSerializer(required=False, allow_null=True)
    presence_penalty = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=0)
    frequency_penalty = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=0)
    logit_bias = serializers.DictField(required=False, allow_null=True, allow_empty=True)
    user = _let_through()
    metadata = _let_through()
    store = _let_through()
    service_tier = _let_through()
    prompt_cache_key = _let_through()
    prompt_cache_retention = _let_through()
    safety_identifier = _let_through()
    max_tokens = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_TOKENS)

    def validate_logit_bias(self, value: dict[str, Any] | None) -> None:
        if value:
            raise serializers.ValidationError("logit_bias is not served here.")


class ChatSerializer(GenerationSerializer):
    messages = serializers.ListField(child=serializers.DictField(), min_length=1)
    max_completion_tokens = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MOST_TOKENS
    )
    logprobs = serializers.BooleanField(default=False, allow_null=True)
    top_logprobs = serializers.IntegerField(default=0, min_value=0, max_value=MOST_TOP_LOGPROBS, allow_null=True)
    tools = serializers.ListField(child=serializers.DictField(), required=False, allow_null=True)
    tool_choice = serializers.ChoiceField(choices=["auto", "none"], required=False, allow_null=True)
    parallel_tool_calls = _let_through()
    response_format = serializers.DictField(required=False, allow_null=True)
    modalities = serializers.ListField(child=serializers.ChoiceField(choices=["text"]), required=False, allow_null=True)

    def validate_messages(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [_plain_message(message, number) for number, message in enumerate(value)]

    def validate_response_format(self, value: dict[str, Any] | None) -> None:
        if value and value.get("type") != "text":
            raise serializers.ValidationError("Only the response format text is served here.")


def _plain_message(message: dict[str, Any], number: int) -> dict[str, Any]:
    """With its content as one text, and arguments of tool calls as objects, as chat templates read them."""
    content = message.get("content")
    if isinstance(content, list):
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise serializers.ValidationError(f"Message {number} has a part that is no text.")
        content = "".join(str(part.get("text", "")) for part in content)
    plain = {**message, "content": content}
    if isinstance(message.get("tool_calls"), list):
        plain["tool_calls"] = [_plain_call(call) for call in message["tool_calls"]]
    return plain


def _plain_call(call: Any) -> Any:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), str):
        return call
    try:
        return {**call, "function": {**function, "arguments": json.loads(function["arguments"])}}
    except ValueError:
        return call


class CompletionSerializer(GenerationSerializer):
    prompt = serializers.JSONField()
    logprobs = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=5)
    echo = serializers.BooleanField(default=False, allow_null=True)
    best_of = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=1)
    suffix = serializers.CharField(required=False, allow_null=True, max_length=0, allow_blank=True)

    def validate_prompt(self, value: Any) -> list[Any]:
        return prompts_of(value, "prompt")

    def validate_echo(self, value: bool | None) -> None:
        if value:
            raise serializers.ValidationError("echo is not served here: the prompt is yours already.")


class EmbeddingsSerializer(StrictSerializer):
    model = serializers.CharField()
    input = serializers.JSONField()
    encoding_format = serializers.ChoiceField(choices=["float", "base64"], default="float")
    dimensions = serializers.IntegerField(required=False, allow_null=True, max_value=0)
    user = _let_through()

    def validate_input(self, value: Any) -> list[Any]:
        return prompts_of(value, "input")


def prompts_of(value: Any, name: str) -> list[Any]:
    """Texts, or lists of token ids: one or several of either."""
    is_one = isinstance(value, str) or (isinstance(value, list) and value and isinstance(value[0], int))
    prompts = [value] if is_one else value
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= MOST_PROMPTS:
        raise serializers.ValidationError(f"{name} is a text, a list of token ids, or a list of up to {MOST_PROMPTS}.")
    if not all(isinstance(each, str | list) and each for each in prompts):
        raise serializers.ValidationError(f"An entry of {name} is empty, or neither a text nor a list of token ids.")
    return prompts
