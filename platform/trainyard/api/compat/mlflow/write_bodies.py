"""Bodies of MLflow's write calls, with its limits: https://mlflow.org/docs/latest/api_reference/rest-api.html."""

import math
import sys
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from trainyard.api.compat.mlflow.bodies import RunIdSerializer
from trainyard.tracking.logged import Logged, Point
from trainyard.tracking.models import KEY_LENGTH, NAME_LENGTH, PARAM_LENGTH, TAG_LENGTH, Run

MOST_POINTS = 1_000
MOST_PAIRS = 100
MOST_INPUTS = 100


NOT_FINITE = {"NaN": math.nan, "Infinity": sys.float_info.max, "-Infinity": -sys.float_info.max}
"""As protobuf's JSON spells them. Infinities become the largest numbers, which is what MLflow stores of them."""


class TextField(serializers.CharField):
    """Text exactly as sent, with leading and trailing white space; empty text is a value."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})


class Int64Field(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -(2**63), "max_value": 2**63 - 1, **options})


class NumberField(serializers.FloatField):
    """Value of a metric, float64."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, str) and data in NOT_FINITE:
            return NOT_FINITE[data]
        return super().to_internal_value(data)


class PairSerializer(serializers.Serializer[Any]):
    key = TextField(max_length=KEY_LENGTH, allow_blank=False)
    value = TextField(max_length=TAG_LENGTH)


class ParamSerializer(PairSerializer):
    value = TextField(max_length=PARAM_LENGTH)


class PointSerializer(serializers.Serializer[Any]):
    key = TextField(max_length=KEY_LENGTH, allow_blank=False)
    value = NumberField()
    timestamp = Int64Field()
    step = Int64Field(default=0)


class CreateExperimentSerializer(serializers.Serializer[Any]):
    name = TextField(max_length=NAME_LENGTH, allow_blank=False)
    tags = serializers.ListField(child=PairSerializer(), default=list, max_length=MOST_PAIRS)


class RenameExperimentSerializer(serializers.Serializer[Any]):
    experiment_id = serializers.CharField()
    new_name = TextField(max_length=NAME_LENGTH, allow_blank=False)


class ExperimentTagSerializer(PairSerializer):
    experiment_id = serializers.CharField()


class ExperimentTagKeySerializer(serializers.Serializer[Any]):
    experiment_id = serializers.CharField()
    key = TextField(max_length=KEY_LENGTH)


class CreateRunSerializer(serializers.Serializer[Any]):
    experiment_id = serializers.CharField(default="0")
    user_id = TextField(max_length=256, default="")
    run_name = TextField(max_length=NAME_LENGTH, default="")
    start_time = Int64Field(required=False)
    tags = serializers.ListField(child=PairSerializer(), default=list, max_length=MOST_PAIRS)


class UpdateRunSerializer(RunIdSerializer):
    status = serializers.ChoiceField(choices=Run.Status.choices, required=False)
    end_time = Int64Field(required=False)
    run_name = TextField(max_length=NAME_LENGTH, required=False)

    COLUMNS: Mapping[str, str] = {"status": "status", "end_time": "ended_ms", "run_name": "name"}


class LogMetricSerializer(PointSerializer, RunIdSerializer):
    pass


class LogParamSerializer(ParamSerializer, RunIdSerializer):
    pass


class RunTagSerializer(PairSerializer, RunIdSerializer):
    pass


class RunTagKeySerializer(RunIdSerializer):
    key = TextField(max_length=KEY_LENGTH)


class LogBatchSerializer(RunIdSerializer):
    metrics = serializers.ListField(child=PointSerializer(), default=list, max_length=MOST_POINTS)
    params = serializers.ListField(child=ParamSerializer(), default=list, max_length=MOST_PAIRS)
    tags = serializers.ListField(child=PairSerializer(), default=list, max_length=MOST_PAIRS)


class LogInputsSerializer(RunIdSerializer):
    datasets = serializers.ListField(child=serializers.DictField(), default=list, max_length=MOST_INPUTS)


def logged(*, metrics: Any = (), params: Any = (), tags: Any = (), datasets: Any = ()) -> Logged:
    """What validated bodies log. Of a key that stands twice among params or tags the last counts."""
    return Logged(
        points=[_point(each) for each in metrics],
        params={each["key"]: each["value"] for each in params},
        tags={each["key"]: each["value"] for each in tags},
        inputs=list(datasets),
    )


def _point(body: Mapping[str, Any]) -> Point:
    is_nan = math.isnan(body["value"])
    return Point(body["key"], 0.0 if is_nan else body["value"], body["step"], body["timestamp"], is_nan)
