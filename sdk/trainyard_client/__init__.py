"""The Python client of Trainyard.

>>> from trainyard_client import Client
>>> client = Client(base_url="https://…", api_key="ty_live_…")
>>> model = client.train(frame, target="species")
>>> client.predict(model, frame)

``AsyncClient`` is the same, awaited. Names are loaded when they are used, so that the command starts fast.
"""

from typing import TYPE_CHECKING, Any

from trainyard_client.version import __version__

if TYPE_CHECKING:
    from trainyard_client.client import AsyncClient, Client
    from trainyard_client.core.retries import RetryPolicy
    from trainyard_client.errors import (
        ApiError,
        ChangedFile,
        ClientError,
        Conflict,
        DamagedDownload,
        DatasetRejected,
        ExportUnsuccessful,
        FieldError,
        InsufficientFunds,
        InvalidRequest,
        JobUnsuccessful,
        LoginFailed,
        NotAuthenticated,
        NotConfigured,
        NotFound,
        OutsideApi,
        PermissionDenied,
        ServerError,
        TimedOut,
        TooManyRequests,
        Unreachable,
    )

_HOMES = {"AsyncClient": "client", "Client": "client", "RetryPolicy": "core.retries"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)


__all__ = [
    "ApiError",
    "AsyncClient",
    "ChangedFile",
    "Client",
    "ClientError",
    "Conflict",
    "DamagedDownload",
    "DatasetRejected",
    "ExportUnsuccessful",
    "FieldError",
    "InsufficientFunds",
    "InvalidRequest",
    "JobUnsuccessful",
    "LoginFailed",
    "NotAuthenticated",
    "NotConfigured",
    "NotFound",
    "OutsideApi",
    "PermissionDenied",
    "RetryPolicy",
    "ServerError",
    "TimedOut",
    "TooManyRequests",
    "Unreachable",
    "__version__",
]
