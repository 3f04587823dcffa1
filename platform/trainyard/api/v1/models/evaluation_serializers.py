"""Bodies of the evaluation of a finished model on its test rows."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.api.v1.datasets.serializers import HistogramSerializer
from trainyard.registry.evaluation.rows import RowOrder
from trainyard.registry.evaluation.table import EvaluationKind


class EvaluationFocusSerializer(StrictSerializer):
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="Class of the threshold metrics; by default the rarest."
    )
    target = serializers.CharField(required=False, help_text="Target column, if there are several.")
    series = serializers.CharField(
        required=False, allow_blank=True, help_text="Name of the series, if there are several."
    )
    step = serializers.IntegerField(required=False, min_value=1, default=1, help_text="Forecast step, from 1.")


class ThresholdPointSerializer(serializers.Serializer[Any]):
    threshold = serializers.FloatField()
    true_positives = serializers.IntegerField()
    false_positives = serializers.IntegerField()
    false_negatives = serializers.IntegerField()
    true_negatives = serializers.IntegerField()
    precision = serializers.FloatField(allow_null=True, help_text="Precision; null if the class is never predicted.")
    recall = serializers.FloatField(allow_null=True)


class ThresholdsSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    labels = serializers.ListField(child=serializers.CharField())
    points = ThresholdPointSerializer(many=True)


class ResidualsSerializer(serializers.Serializer[Any]):
    target = serializers.CharField(allow_blank=True)
    targets = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the targets; empty for a single target."
    )
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="True value and prediction of up to 800 evenly spaced rows.",
    )
    histogram = HistogramSerializer(help_text="Histogram of prediction minus true value.")
    bias = serializers.FloatField(help_text="Mean of prediction minus true value.")
    half_within = serializers.FloatField(help_text="Median absolute error.")
    most_within = serializers.FloatField(help_text="90th percentile of the absolute error.")


class ForecastPointSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    truth = serializers.FloatField(allow_null=True)
    prediction = serializers.FloatField(allow_null=True)
    naive = serializers.FloatField(allow_null=True)


class StepErrorSerializer(serializers.Serializer[Any]):
    """Mean absolute error of a forecast this many steps ahead, in units of the target."""

    step = serializers.IntegerField()
    model = serializers.FloatField()
    naive = serializers.FloatField(allow_null=True)
    seasonal_naive = serializers.FloatField(allow_null=True)


class ForecastSerializer(serializers.Serializer[Any]):
    series = serializers.CharField(allow_blank=True)
    all_series = serializers.ListField(child=serializers.CharField(allow_blank=True))
    step = serializers.IntegerField()
    points = ForecastPointSerializer(many=True, help_text="The last 600 points, in order of time.")
    errors = StepErrorSerializer(many=True)  # type: ignore[assignment]


class PlaceShareSerializer(serializers.Serializer[Any]):
    within = serializers.IntegerField(allow_null=True, help_text="Largest rank of the true item; null for all rows.")
    rows = serializers.IntegerField()


class EvaluationSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in EvaluationKind])
    rows = serializers.IntegerField(help_text="Number of test rows that were read.")
    is_whole = serializers.BooleanField(help_text="Whether these are all test rows; at most 50,000 are read.")
    thresholds = ThresholdsSerializer(
        allow_null=True, help_text="Metrics by decision threshold, for classes and labels."
    )
    residuals = ResidualsSerializer(allow_null=True, help_text="Residuals, for regressions.")
    forecast = ForecastSerializer(allow_null=True)
    places = PlaceShareSerializer(
        many=True, allow_null=True, help_text="Shares of test rows by the rank of the true item, for recommendation."
    )


class TestRowsFilterSerializer(StrictSerializer):
    truth = serializers.CharField(required=False, help_text="Only rows of this class.")
    prediction = serializers.CharField(required=False, help_text="Only rows that were predicted as this class.")
    wrong = serializers.BooleanField(required=False, allow_null=True, default=None)
    written = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="For language models: only rows whose answer was generated and graded.",
    )
    target = serializers.CharField(required=False, help_text="Target column, if there are several.")
    order = NamedChoiceField(choices=[order.value for order in RowOrder], default=RowOrder.WORST.value)


class TestExampleSerializer(serializers.Serializer[Any]):
    """Content of the test row; exactly one field is set."""

    text = serializers.CharField(allow_null=True)
    tokens = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="Words of a tagged text.")
    png = serializers.CharField(allow_null=True, help_text="Base64.")
    wav = serializers.CharField(allow_null=True, help_text="First seconds as WAV, base64.")
    cells = serializers.DictField(allow_null=True)
    steps = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True, help_text="First channel of a series."
    )


class WrittenAnswerSerializer(serializers.Serializer[Any]):
    """Generated answer of a language model; `truth` is the reference and `prediction` the answer."""

    prompt = serializers.CharField(help_text="Prompt as the model reads it.")
    base_prediction = serializers.CharField(help_text="Answer of the base model, before fine-tuning.")
    grades = serializers.DictField(
        child=serializers.FloatField(), help_text="Score of the answer from 0 to 1, per grader."
    )
    base_grades = serializers.DictField(
        child=serializers.FloatField(), help_text="Score of the base model's answer from 0 to 1, per grader."
    )


class TestRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(allow_null=True, help_text="Row of the upload, from 1.")
    place = serializers.DictField(
        child=serializers.CharField(), help_text="Where the row comes from, such as `file`, `series` or `user`."
    )
    truth = serializers.CharField(allow_null=True)
    prediction = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True, help_text="The probability of the predicted class.")
    error = serializers.FloatField(allow_null=True, help_text="Error of the prediction; greater is worse.")
    example = TestExampleSerializer(allow_null=True, help_text="Input of the row; null once the dataset is deleted.")
    written = WrittenAnswerSerializer(
        allow_null=True, help_text="Generated answer; null for other models and rows that were not graded."
    )


class TestRowPageSerializer(PageSerializer):
    data = TestRowSerializer(many=True)
    total = serializers.IntegerField()
