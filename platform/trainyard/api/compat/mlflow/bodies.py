"""Request bodies of MLflow's read calls. Unknown fields are ignored, because each MLflow release adds some."""

from typing import Any

from rest_framework import serializers

ACTIVE_ONLY, DELETED_ONLY, ALL = "ACTIVE_ONLY", "DELETED_ONLY", "ALL"
MOST_RESULTS = 50_000
MOST_LISTED = 1_000


class SearchSerializer(serializers.Serializer[Any]):
    """Base of the searches. Deleted rows are not kept, so that ``DELETED_ONLY`` finds nothing."""

    filter = serializers.CharField(default="", allow_blank=True)
    order_by = serializers.ListField(child=serializers.CharField(), default=list, max_length=10)
    max_results = serializers.IntegerField(default=1_000, min_value=1, max_value=MOST_RESULTS)
    page_token = serializers.CharField(default="", allow_blank=True)


class ExperimentSearchSerializer(SearchSerializer):
    view_type = serializers.ChoiceField(choices=[ACTIVE_ONLY, DELETED_ONLY, ALL], default=ACTIVE_ONLY)


class RunSearchSerializer(SearchSerializer):
    experiment_ids = serializers.ListField(child=serializers.CharField(), default=list, max_length=MOST_LISTED)
    run_view_type = serializers.ChoiceField(choices=[ACTIVE_ONLY, DELETED_ONLY, ALL], default=ACTIVE_ONLY)


class ExperimentNameSerializer(serializers.Serializer[Any]):
    experiment_name = serializers.CharField(trim_whitespace=False)


class ExperimentIdSerializer(serializers.Serializer[Any]):
    experiment_id = serializers.CharField()


class RunIdSerializer(serializers.Serializer[Any]):
    """Id of a run: older clients send only ``run_uuid``, newer ones also ``run_id``."""

    run_id = serializers.CharField(required=False)
    run_uuid = serializers.CharField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        run_id = attrs.get("run_id") or attrs.get("run_uuid")
        if not run_id:
            raise serializers.ValidationError({"run_id": "Say which run."})
        return {**attrs, "run_id": run_id}


class HistorySerializer(RunIdSerializer):
    """Metric history; ``page_token`` is the number of points on the previous pages."""

    metric_key = serializers.CharField(trim_whitespace=False)
    max_results = serializers.IntegerField(default=MOST_RESULTS, min_value=1, max_value=MOST_RESULTS)
    page_token = serializers.IntegerField(default=0, min_value=0)


class ArtifactPathSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
