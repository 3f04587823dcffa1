"""Bodies of metric series."""

from typing import Any

from rest_framework import serializers

from trainyard.api.v1.jobs.serializers import DataSerializer


def _bound(word: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text=f"{word} of all points from each step up to the next; null where no point is left out.",
    )


class SeriesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    steps = serializers.ListField(child=serializers.IntegerField())
    values = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="One a step; null is not a number."
    )
    points = serializers.IntegerField(help_text="How many points the series has before thinning out.")
    lowest = _bound("Lowest")
    highest = _bound("Highest")


class ClockSerializer(serializers.Serializer[Any]):
    steps = serializers.ListField(child=serializers.IntegerField())
    seconds = serializers.ListField(child=serializers.FloatField(), help_text="Since the job was started first.")


class MetricsSerializer(DataSerializer):
    data = SeriesSerializer(many=True)
    clock = ClockSerializer(help_text="When steps were reported; without steps where that was not kept.")


class SeriesOfJobSerializer(SeriesSerializer):
    job_id = serializers.CharField()


class JobsMetricsSerializer(DataSerializer):
    data = SeriesOfJobSerializer(many=True)
