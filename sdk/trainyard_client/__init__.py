"""The Python client of Trainyard.

>>> from trainyard_client import Client
>>> client = Client(base_url="https://…", api_key="ty_live_…")
>>> job = client.jobs.wait(client.jobs.submit(spec).id)
"""

from trainyard_client.client import Client
from trainyard_client.errors import ApiError, DatasetRejected, Unreachable

__all__ = ["ApiError", "Client", "DatasetRejected", "Unreachable"]
