"""Bodies of the evaluation of a finished model on its test rows."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.api.v1.datasets.serializers import HistogramSerializer
from trainyard.registry.evaluation.rows import RowOrder
from trainyard.registry.evaluation.table import EvaluationKind


class EvaluationFocusSerializer(StrictSerializer):
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="The class whose thresholds are wanted; else the rarest."
    )
    target = serializers.CharField(required=False, help_text="Which of several columns to predict.")
    series = serializers.CharField(required=False, allow_blank=True, help_text="Which of several series.")
    step = serializers.IntegerField(required=False, min_value=1, default=1, help_text="Of a forecast: how far ahead.")


class ThresholdPointSerializer(serializers.Serializer[Any]):
    threshold = serializers.FloatField()
    true_positives = serializers.IntegerField()
    false_positives = serializers.IntegerField()
    false_negatives = serializers.IntegerField()
    true_negatives = serializers.IntegerField()
    precision = serializers.FloatField(allow_null=True, help_text="Null where nothing is taken for the class.")
    recall = serializers.FloatField(allow_null=True)


class ThresholdsSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    labels = serializers.ListField(child=serializers.CharField())
    points = ThresholdPointSerializer(many=True)


class ResidualsSerializer(serializers.Serializer[Any]):
    target = serializers.CharField(allow_blank=True)
    targets = serializers.ListField(child=serializers.CharField(), help_text="Empty where there is one.")
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="Truth and prediction of up to 800 rows, evenly over all.",
    )
    histogram = HistogramSerializer(help_text="Of prediction minus truth.")
    bias = serializers.FloatField(help_text="Mean of prediction minus truth.")
    half_within = serializers.FloatField(help_text="Half of the predictions are off by at most so much.")
    most_within = serializers.FloatField(help_text="Nine in ten are off by at most so much.")


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
    points = ForecastPointSerializer(many=True, help_text="The last 600, in order.")
    errors = StepErrorSerializer(many=True)  # type: ignore[assignment]


class PlaceShareSerializer(serializers.Serializer[Any]):
    within = serializers.IntegerField(allow_null=True, help_text="Null for all rows.")
    rows = serializers.IntegerField()


class EvaluationSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in EvaluationKind])
    rows = serializers.IntegerField(help_text="Test rows that were read.")
    is_whole = serializers.BooleanField(help_text="Whether these are all: at most 50,000 are read.")
    thresholds = ThresholdsSerializer(allow_null=True, help_text="Of classes and labels.")
    residuals = ResidualsSerializer(allow_null=True, help_text="Of numbers.")
    forecast = ForecastSerializer(allow_null=True)
    places = PlaceShareSerializer(many=True, allow_null=True, help_text="Of an order of items.")


class TestRowsFilterSerializer(StrictSerializer):
    truth = serializers.CharField(required=False, help_text="Only rows of this class.")
    prediction = serializers.CharField(required=False, help_text="Only rows that were taken for this class.")
    wrong = serializers.BooleanField(required=False, allow_null=True, default=None)
    written = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Of language models: only rows whose answer was written and graded.",
    )
    target = serializers.CharField(required=False, help_text="Which of several columns to predict.")
    order = NamedChoiceField(choices=[order.value for order in RowOrder], default=RowOrder.WORST.value)


class TestExampleSerializer(serializers.Serializer[Any]):
    """Content of the test row; exactly one field is set."""

    text = serializers.CharField(allow_null=True)
    tokens = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="Words of a tagged text.")
    png = serializers.CharField(allow_null=True, help_text="Base64.")
    wav = serializers.CharField(allow_null=True, help_text="Base64; the first seconds.")
    cells = serializers.DictField(allow_null=True)
    steps = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True, help_text="Of a series, its first channel."
    )


class WrittenAnswerSerializer(serializers.Serializer[Any]):
    """Generated answer of a language model; `truth` is the reference and `prediction` the answer."""

    prompt = serializers.CharField(help_text="What was asked, as the model reads it.")
    base_prediction = serializers.CharField(help_text="What the model wrote before it was tuned.")
    grades = serializers.DictField(child=serializers.FloatField(), help_text="Of the prediction, 0 to 1 by grader.")
    base_grades = serializers.DictField(child=serializers.FloatField(), help_text="Of the base's, likewise.")


class TestRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(allow_null=True, help_text="Of the upload, from 1.")
    place = serializers.DictField(child=serializers.CharField(), help_text="`file`, `series`, `user` and the like.")
    truth = serializers.CharField(allow_null=True)
    prediction = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True, help_text="The probability of the predicted class.")
    error = serializers.FloatField(allow_null=True, help_text="Greater the worse the answer is.")
    example = TestExampleSerializer(allow_null=True, help_text="Null once the dataset is gone.")
    written = WrittenAnswerSerializer(allow_null=True, help_text="Null of other models, and of rows not graded.")


class TestRowPageSerializer(PageSerializer):
    data = TestRowSerializer(many=True)
    total = serializers.IntegerField()
