"""Size limits of request bodies in one table; ``body_limits`` of a view names its row."""

from collections.abc import Callable

from django.conf import settings

FRAMING_BYTES = 2**20
"""What a multipart body may hold besides the file."""
JSON_BYTES = 256 * 2**10
RUN_BATCH_BYTES = 2**20
"""As MLflow's own server has it."""
PREDICTION_BYTES = 32 * 2**20
WORKER_MESSAGE_BYTES = 32 * 2**20
ANY_TYPE = "*/*"

Limit = Callable[[], int]


def of_json() -> int:
    """Every request that nothing else is said of."""
    return JSON_BYTES


def of_upload() -> int:
    """A data set's file, or a file of a worker."""
    return int(settings.ENVIRONMENT.max_upload_bytes) + FRAMING_BYTES


def of_prediction() -> int:
    """Inputs of a prediction, as JSON or as files."""
    return PREDICTION_BYTES


def of_run_batch() -> int:
    """Metrics, params and tags of a run, logged at once."""
    return RUN_BATCH_BYTES


def of_worker_message() -> int:
    """A worker's report of what its engines said, or the answers of a prediction."""
    return WORKER_MESSAGE_BYTES
