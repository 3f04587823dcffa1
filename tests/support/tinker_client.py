"""The ``tinker`` client, as it is installed, with the settings that its user would have in the environment."""

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TELEMETRY = "TINKER_TELEMETRY"


@contextmanager
def service_client(base_url: str, key: str, **arguments: Any) -> Iterator[Any]:
    """A ``ServiceClient`` of the face at ``base_url``, closed at the end of the block."""
    os.environ[TELEMETRY] = "0"
    import tinker  # takes seconds, and most tests speak to no training session

    client = tinker.ServiceClient(base_url=f"{base_url}/compat/tinker", api_key=key, **arguments)
    try:
        yield client
    finally:
        client.close("success").result()
        del client
        with warnings.catch_warnings():
            # It leaves the connection of its first request open.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def datum(tokens: list[int], **inputs: Any) -> Any:
    """Each token's target is the next one; ``inputs`` are of the targets, weights of 1 where none are given."""
    from tinker import types

    targets = {"target_tokens": tokens[1:], **(inputs or {"weights": [1.0] * (len(tokens) - 1)})}
    return types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs=targets)
