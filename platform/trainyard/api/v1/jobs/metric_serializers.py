"""Bodies of metric series."""

from typing import Any

from rest_framework import serializers

from trainyard.api.v1.jobs.serializers import DataSerializer


def _bound(word: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text=f"{word} of all points from each step up to the next; null if no point was left out.",
    )


class SeriesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    steps = serializers.ListField(child=serializers.IntegerField())
    values = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="One value per step; null means NaN."
    )
    points = serializers.IntegerField(help_text="Number of points before downsampling.")
    lowest = _bound("Minimum")
    highest = _bound("Maximum")


class ClockSerializer(serializers.Serializer[Any]):
    steps = serializers.ListField(child=serializers.IntegerField())
    seconds = serializers.ListField(
        child=serializers.FloatField(), help_text="Seconds since the job was first started."
    )


class MetricsSerializer(DataSerializer):
    data = SeriesSerializer(many=True)
    clock = ClockSerializer(help_text="Times at which steps were reported; without steps if none were stored.")


class SeriesOfJobSerializer(SeriesSerializer):
    job_id = serializers.CharField()


class JobsMetricsSerializer(DataSerializer):
    data = SeriesOfJobSerializer(many=True)
