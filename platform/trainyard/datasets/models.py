"""Datasets and their immutable, content-addressed versions."""

from typing import ClassVar

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_ds_id, new_dsv_id, new_imp_id, new_upl_id
from trainyard.core.tenancy import TenantModel


class Dataset(TenantModel):
    """``revision`` grows with each change that somebody makes."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_ds_id, editable=False)
    name = models.CharField(max_length=120)
    task = models.CharField(max_length=40)
    options = models.JSONField(default=dict)
    versions_count = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="datasets_by_organization")]


class DatasetVersion(TenantModel):
    """One upload. ``files`` (FileEntry list) and ``profile`` are set when it becomes ready, ``problems`` when not.

    ``sha256`` of a file that came in pieces is empty until it was read whole.

    Validation is claimed: ``validation_fence`` grows with each claim and guards the final write.
    """

    class State(models.TextChoices):
        VALIDATING = "validating"
        READY = "ready"
        REJECTED = "rejected"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_dsv_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.VALIDATING)
    filename = models.CharField(max_length=255)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    rows = models.BigIntegerField(null=True)
    profile = models.JSONField(null=True)
    files = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    problems_omitted = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list)
    created_at = models.DateTimeField()
    validated_at = models.DateTimeField(null=True)
    validation_fence = models.PositiveIntegerField(default=0)
    validation_expires_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_once")]
        indexes = [
            models.Index(
                fields=["created_at"], name="dataset_versions_unvalidated", condition=models.Q(state="validating")
            )
        ]

    @property
    def blob_prefix(self) -> str:
        """Prefix of every blob of this version."""
        return f"organizations/{self.organization_id}/datasets/{self.id}"

    @property
    def source_key(self) -> str:
        """Blob key of the file as uploaded; one that came in pieces has them below it."""
        return f"{self.blob_prefix}/source"

    @property
    def compiled_prefix(self) -> str:
        """Blob prefix of the compiled arrays. Each validation has its own, so that two never mix."""
        return f"{self.blob_prefix}/compiled/{self.validation_fence}"

    @property
    def preview_key(self) -> str:
        """Blob key of the preview, written beside the compiled arrays."""
        return f"{self.compiled_prefix}/preview.json"


class ResumableUpload(TenantModel):
    """A file that comes in pieces; it becomes the version ``version_id`` once all ``length`` bytes are here.

    Whoever adds to it holds it by ``lock_token``, until ``lock_expires_at`` unless that is renewed.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_upl_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    version_id = models.CharField(max_length=ID_MAX_LENGTH, unique=True, default=new_dsv_id, editable=False)
    filename = models.CharField(max_length=255)
    length = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    parts_count = models.PositiveIntegerField(default=0)
    lock_token = models.CharField(max_length=32, blank=True)
    lock_expires_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(offset__lte=models.F("length")), name="upload_within_length")
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="uploads_by_organization"),
            models.Index(fields=["expires_at"], name="uploads_unfinished", condition=models.Q(finished_at=None)),
        ]

    @property
    def parts_prefix(self) -> str:
        """Prefix of the pieces: where the version that they become has its one file else."""
        return self.version.source_key

    @property
    def version(self) -> DatasetVersion:
        """The version that it becomes, as it is before it is whole."""
        return DatasetVersion(
            id=self.version_id,
            organization_id=self.organization_id,
            dataset_id=self.dataset_id,
            filename=self.filename,
            bytes=self.length,
        )


class UploadPart(models.Model):
    """A piece of a resumable upload: ``size`` bytes from ``start`` on, at the blob ``key``."""

    upload = models.ForeignKey(ResumableUpload, on_delete=models.CASCADE, related_name="parts")
    start = models.BigIntegerField()
    size = models.BigIntegerField()
    key = models.CharField(max_length=400)

    tenant_field: ClassVar[str] = "upload"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="upload_part_once")]


class DatasetImport(TenantModel):
    """A file that the platform fetches from ``url``; ``upload`` is what of it is here, and becomes a version.

    ``validator`` is the file's ``ETag`` or ``Last-Modified`` as it was begun. Who fetches holds it by ``claim_token``
    until ``claim_expires_at``, unless that is renewed; ``failures`` in a row put ``not_before`` off.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        FETCHING = "fetching"
        FINISHED = "finished"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_imp_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    upload = models.ForeignKey(ResumableUpload, on_delete=models.SET_NULL, null=True, related_name="+")
    url = models.CharField(max_length=2_000)
    filename = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    error = models.JSONField(null=True)
    validator = models.CharField(max_length=255, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    claim_token = models.CharField(max_length=32, blank=True)
    claim_expires_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-id"], name="imports_by_organization"),
            models.Index(
                fields=["not_before"], name="imports_to_fetch", condition=models.Q(state__in=["queued", "fetching"])
            ),
        ]

    @property
    def shown_url(self) -> str:
        """Without the query, which may be a signature; the keys of ``s3`` have none."""
        return self.url if self.url.startswith("s3://") else self.url.partition("?")[0]
