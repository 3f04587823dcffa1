"""Worker protocol: speed profiles."""

from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.downloads import blob_response
from trainyard.api.worker.attempt_views import entry_of
from trainyard.api.worker.views import WorkerView, answer
from trainyard.core.time import database_now
from trainyard.jobs.profiles import operations as profiles
from trainyard.jobs.profiles.models import SpeedProfile
from trainyard_spec.worker_protocol import ClaimRequest, ProfileClaim, ProfileFinish


class ClaimView(WorkerView):
    def post(self, request: Request) -> Response:
        """The oldest speed profile that the worker's free slots can measure, or 204."""
        free_slots = self.body(ClaimRequest).free_slots
        profile = profiles.claim(worker=self.worker, free_slots=free_slots, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT) if profile is None else answer(_claim_of(profile))


class DatasetFileView(WorkerView):
    def get(self, request: Request, profile_id: str, name: str) -> HttpResponseBase:
        """A file of the data that a profile claimed by this worker trains on."""
        version = profiles.claimed_by(worker=self.worker, profile_id=profile_id).dataset_version
        return blob_response(request, key=f"{version.compiled_prefix}/{name}", file=entry_of(version.files, name))


class StartFileView(WorkerView):
    def get(self, request: Request, profile_id: str, name: str) -> HttpResponseBase:
        """A file of the model that such a profile starts from."""
        profile = profiles.claimed_by(worker=self.worker, profile_id=profile_id)
        start = profile.start or {"files": [], "blob_prefix": ""}
        return blob_response(request, key=f"{start['blob_prefix']}/{name}", file=entry_of(start["files"], name))


class FinishView(WorkerView):
    def post(self, request: Request, profile_id: str) -> Response:
        """Stores what was measured, or why nothing was."""
        outcome = self.body(ProfileFinish)
        profiles.finish(worker=self.worker, profile_id=profile_id, outcome=outcome, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _claim_of(profile: SpeedProfile) -> ProfileClaim:
    return ProfileClaim.model_validate(
        {
            "profile_id": profile.id,
            "slots": profile.slots,
            "spec": profile.spec,
            "dataset_key": profile.dataset_version_id,
            "dataset_files": profile.dataset_version.files,
            "start_key": profile.init_from,
            "start_files": profile.start["files"] if profile.start else (),
        }
    )
