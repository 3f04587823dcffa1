"""Bodies of datasets and their versions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard.api.allowed_actions import AllowedActionsField
from trainyard.api.contract_field import ContractField
from trainyard.api.object_actions import DATASET_ACTIONS, DATASET_VERSION_ACTIONS
from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.datasets.findings import FindingCode
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.datasets import AnyProfile
from trainyard_spec.states import DatasetState
from trainyard_spec.tasks import Task

TASKS = [task.value for task in Task]
STATES = [state.value for state in DatasetState]


class DatasetCreateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    task = NamedChoiceField(choices=TASKS)
    options = ContractField(CompileOptions, required=False)


class DatasetChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)


class DatasetUploadSerializer(StrictSerializer):
    file = serializers.FileField(
        max_length=255,
        allow_empty_file=True,  # rejected like any other bad file, with a problem that says so
        help_text="Zip or tar of class folders with images; or a CSV, Excel, Parquet or JSONL table.",
    )


class DatasetProblemSerializer(serializers.Serializer[Any]):
    """One problem in the file; unknown locations are null."""

    file = serializers.CharField(allow_null=True)
    row = serializers.IntegerField(allow_null=True, help_text="Data row, from 1.")
    column = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField()


class DatasetProfileSerializer(serializers.Serializer[Any]):
    task = serializers.ChoiceField(choices=TASKS)
    rows = serializers.IntegerField()
    classes = serializers.ListField(child=serializers.CharField(), help_text="Class names; empty for a regression.")
    class_counts = serializers.ListField(child=serializers.IntegerField())
    profile = ContractField(AnyProfile)


class DatasetVersionSummarySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    dataset_id = serializers.CharField()
    number = serializers.IntegerField(help_text="Number within the dataset, from 1.")
    state = serializers.ChoiceField(choices=STATES)
    filename = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    rows = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    validated_at = serializers.DateTimeField(allow_null=True)
    allowed_actions = AllowedActionsField(DATASET_VERSION_ACTIONS)


class DatasetVersionSerializer(DatasetVersionSummarySerializer):
    profile = DatasetProfileSerializer(allow_null=True, help_text="Data profile, once the version is ready.")
    problems = DatasetProblemSerializer(many=True, help_text="Why the version was rejected.")
    problems_omitted = serializers.IntegerField(help_text="How many more problems there are than listed.")
    warnings = DatasetProblemSerializer(many=True, help_text="Parts of the file that a ready version leaves out.")


class DatasetSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    task = serializers.ChoiceField(choices=TASKS)
    options = ContractField(CompileOptions)
    versions_count = serializers.IntegerField()
    latest_version = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    allowed_actions = AllowedActionsField(DATASET_ACTIONS)

    @extend_schema_field(DatasetVersionSummarySerializer(allow_null=True))
    def get_latest_version(self, dataset: Dataset) -> dict[str, Any] | None:
        newest: list[DatasetVersion] = getattr(dataset, "newest_version", [])
        return dict(DatasetVersionSummarySerializer(newest[0], context=self.context).data) if newest else None


class DatasetDetailSerializer(DatasetSerializer):
    versions = DatasetVersionSummarySerializer(many=True, help_text="The 50 newest versions, newest first.")


class DatasetPageSerializer(PageSerializer):
    data = DatasetSerializer(many=True)


class DatasetVersionPageSerializer(PageSerializer):
    data = DatasetVersionSummarySerializer(many=True)


class PreviewImageSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    png = serializers.CharField(help_text="Base64.")


class PreviewRecordingSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="Class, or transcript.")  # type: ignore[assignment]
    wav = serializers.CharField(help_text="First seconds as WAV, base64.")


class PreviewSeriesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_null=True, help_text="Class, if it has one.")  # type: ignore[assignment]
    values = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Values of the first channel."
    )


class CategoryCountSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    rows = serializers.IntegerField()


class HistogramSerializer(serializers.Serializer[Any]):
    edges = serializers.ListField(
        child=serializers.FloatField(), help_text="Bin edges, one more than there are counts."
    )
    counts = serializers.ListField(child=serializers.IntegerField())


class ColumnDistributionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField(help_text="`numeric` or `categorical`.")
    form = serializers.CharField(help_text="Format of its values, such as `number` or `datetime`.")
    missing = serializers.IntegerField()
    histogram = HistogramSerializer(allow_null=True, help_text="Histogram of a numeric column.")
    categories = CategoryCountSerializer(many=True, help_text="The 12 most frequent categories.")
    categories_omitted = serializers.IntegerField()


class FindingSerializer(serializers.Serializer[Any]):
    """A finding about the data that matters for training, such as class imbalance or leakage."""

    code = serializers.ChoiceField(choices=[code.value for code in FindingCode])
    column = serializers.CharField(allow_null=True)
    amount = serializers.FloatField(help_text="Size of the finding: a ratio of row counts, or a share of rows.")
    message = serializers.CharField()


class DatasetPreviewSerializer(serializers.Serializer[Any]):
    """Preview: the first rows of a table as objects, or a few texts with labels, images, recordings or series.

    ``columns`` and ``findings`` are computed from all rows, or from a large, evenly spaced sample. Versions of earlier
    releases lack them.
    """

    rows = serializers.ListField(child=serializers.DictField())
    images = PreviewImageSerializer(many=True)
    recordings = PreviewRecordingSerializer(many=True)
    series = PreviewSeriesSerializer(many=True)
    columns = ColumnDistributionSerializer(many=True)
    findings = FindingSerializer(many=True)


class DatasetFilterSerializer(StrictSerializer):
    task = NamedChoiceField(choices=TASKS, required=False)
    version = serializers.CharField(required=False, help_text="Id of one of its versions.")
    search = serializers.CharField(required=False, max_length=120, help_text="Part of the name.")


class DifferenceFilterSerializer(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:
        # "from" is no name that Python lets a class have.
        return {"from": serializers.CharField(help_text="The version to compare with, by id or number.")}


class ClassChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.IntegerField(allow_null=True, help_text="Number of rows; null if the class did not exist.")
    after = serializers.IntegerField(allow_null=True)


class ColumnChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text="Kind of the column; null if it did not exist.")
    after = serializers.CharField(allow_null=True)


class DatasetDifferenceSerializer(serializers.Serializer[Any]):
    before = DatasetVersionSummarySerializer()
    after = DatasetVersionSummarySerializer()
    is_same_content = serializers.BooleanField(help_text="Whether both files are the same, byte by byte.")
    classes = ClassChangeSerializer(many=True, help_text="Classes whose number of rows differs.")
    columns = ColumnChangeSerializer(many=True, help_text="Columns that were added, removed or have another kind.")
