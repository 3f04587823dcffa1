"""Parsing of prediction inputs from a request."""

import base64
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from trainyard.api.body_limits import PREDICTION_BYTES
from trainyard.api.numbers import whole_number
from trainyard.api.serializers import validated
from trainyard.api.uploads import too_large
from trainyard.api.v1.models.serializers import PredictSerializer, PredictUploadSerializer


@dataclass(frozen=True, slots=True)
class PredictionInputs:
    """Parsed inputs. ``streams``: the answers are to be sent while they are generated."""

    inputs: list[Any]
    streams: bool = False


def read(request: Request) -> PredictionInputs:
    """JSON ``inputs`` as they are; uploaded files as base64 text. Raises ``UploadTooLarge`` over 32 MiB."""
    if (whole_number(request.headers.get("Content-Length", "0")) or 0) > PREDICTION_BYTES:
        raise too_large(PREDICTION_BYTES)
    if not (request.content_type or "").startswith("multipart/"):
        body = validated(PredictSerializer, request.data)
        return PredictionInputs(body["inputs"], streams=body["stream"])
    files = validated(PredictUploadSerializer, request.data)["inputs"]
    return PredictionInputs([base64.b64encode(file.read()).decode() for file in files])
