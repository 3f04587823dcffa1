"""Worker protocol: predictions."""

from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.downloads import blob_response
from trainyard.api.worker.views import WorkerView, answer
from trainyard.core.time import database_now
from trainyard.registry import predictions, queries, readers
from trainyard.registry.generation import terms_of
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import PredictionClaim, PredictionFinish, PredictionParts


class ClaimView(WorkerView):
    def post(self, request: Request) -> Response:
        """The oldest prediction that waits for the worker's pool, or 204."""
        now = database_now()
        prediction = predictions.claim(worker=self.worker, now=now)
        if prediction is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        claim = PredictionClaim(
            prediction_id=prediction.id,
            model_id=prediction.model_id,
            model_files=[FileEntry.model_validate(file) for file in prediction.model.worker_files],
            inputs=prediction.inputs,
            seconds=(prediction.deadline - now).total_seconds(),
            generation=terms_of(prediction),
        )
        return answer(claim)


class ModelFileView(WorkerView):
    def get(self, request: Request, prediction_id: str, name: str) -> HttpResponseBase:
        """A file of the model that a prediction claimed by this worker is for."""
        model = predictions.claimed_by(worker=self.worker, prediction_id=prediction_id).model
        file = queries.file_of(model=model, name=name)
        return blob_response(request, key=f"{model.blob_prefix}/{name}", file=file)


class PartsView(WorkerView):
    def post(self, request: Request, prediction_id: str) -> Response:
        """Passes on parts of answers under way."""
        told = self.body(PredictionParts)
        readers.tell(worker=self.worker, prediction_id=prediction_id, told=told, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class FinishView(WorkerView):
    def post(self, request: Request, prediction_id: str) -> Response:
        """Stores the answers or the failure; again changes nothing."""
        outcome = self.body(PredictionFinish)
        predictions.finish(worker=self.worker, prediction_id=prediction_id, outcome=outcome, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)
