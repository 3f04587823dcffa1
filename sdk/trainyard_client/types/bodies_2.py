"""Bodies of requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, NotRequired, TypedDict

from trainyard_client.types.enums import Events
from trainyard_client.types.enums_2 import WebhookEndpointKind


class PatchedWebhookEndpointChangeRequest(TypedDict):
    url: NotRequired[str]
    """Of the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """Of the kind `email`: the address of a member."""
    events: NotRequired[list[Events]]
    """As `GET /webhooks/event-types` names them; `job.*`, or `*`."""
    description: NotRequired[str]
    enabled: NotRequired[bool]


class PredictRequest(TypedDict):
    inputs: list[
        str | dict[str, str | float | bool | None] | dict[str, Any] | list[float | dict[str, str | float | bool | None]]
    ]
    """1 to 256 rows, images, texts, recordings or series."""
    stream: NotRequired[bool]
    """Of language models: server-sent events `part` as answers are written, at last `predictions`."""


class PredictUploadRequest(TypedDict):
    inputs: list[str]
    """One file part an image or recording."""


class ReadNoticesRequest(TypedDict):
    through: str
    """Id of the newest notice that was read."""


class RedeemRequest(TypedDict):
    code: str
    """In capitals or not."""


class RefundCreateRequest(TypedDict):
    amount: str


class ReplayFailedRequest(TypedDict):
    since: str
    """What was to be sent from then on, and failed, is sent again."""


class ResumeRequest(TypedDict):
    """New limits of the job, where the present ones stopped it; each may be left out."""

    max_cost: NotRequired[str]
    max_runtime_seconds: NotRequired[int]
    auto_resume: NotRequired[bool]
    """Whether it goes on by itself when it stops for want of funds and there are some again."""


class RotateSecretRequest(TypedDict):
    overlap_seconds: NotRequired[int]
    """For so long the old secret signs beside the new one."""


class TokenRequestRequest(TypedDict):
    grant_type: str
    """`urn:ietf:params:oauth:grant-type:device_code`."""
    device_code: str
    client_id: NotRequired[str]


class TopUpCreateRequest(TypedDict):
    amount: str
    """Whole in the smallest unit of the currency, as cents are."""
    return_url: NotRequired[str]
    """Where the payment's page leads back to."""


class WebhookEndpointCreateRequest(TypedDict):
    url: NotRequired[str]
    """Of the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """Of the kind `email`: the address of a member."""
    events: list[Events]
    """As `GET /webhooks/event-types` names them; `job.*`, or `*`."""
    description: NotRequired[str]
    enabled: NotRequired[bool]
    kind: NotRequired[WebhookEndpointKind]
