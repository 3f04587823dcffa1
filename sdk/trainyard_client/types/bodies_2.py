"""Bodies of requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, NotRequired, TypedDict

from trainyard_client.types.enums import Events
from trainyard_client.types.enums_2 import WebhookEndpointKind


class PatchedWebhookEndpointChangeRequest(TypedDict):
    url: NotRequired[str]
    """URL, for the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """E-mail address of a member, for the kind `email`."""
    events: NotRequired[list[Events]]
    """Event types as in `GET /webhooks/event-types`, such as `job.*`, or `*` for all."""
    description: NotRequired[str]
    enabled: NotRequired[bool]


class PredictRequest(TypedDict):
    inputs: list[
        str | dict[str, str | float | bool | None] | dict[str, Any] | list[float | dict[str, str | float | bool | None]]
    ]
    """1 to 256 rows, images, texts, recordings or series."""
    stream: NotRequired[bool]
    """For language models: server-sent events `part` while answers are generated, then `predictions`."""


class PredictUploadRequest(TypedDict):
    inputs: list[str]
    """One file part per image or recording."""


class ReadNoticesRequest(TypedDict):
    through: str
    """Id of the newest notice that was read."""


class RedeemRequest(TypedDict):
    code: str
    """Code, case-insensitive."""


class RefundCreateRequest(TypedDict):
    amount: str


class ReplayFailedRequest(TypedDict):
    since: str
    """Start time: later deliveries that failed are sent again."""


class ResumeRequest(TypedDict):
    """New limits for the job, in place of those that stopped it; all optional."""

    max_cost: NotRequired[str]
    max_runtime_seconds: NotRequired[int]
    auto_resume: NotRequired[bool]
    """Whether it resumes automatically, after it stopped for lack of funds, when there are funds."""


class RotateSecretRequest(TypedDict):
    overlap_seconds: NotRequired[int]
    """Seconds for which the old secret signs messages beside the new one."""


class TokenRequestRequest(TypedDict):
    grant_type: str
    """`urn:ietf:params:oauth:grant-type:device_code`."""
    device_code: str
    client_id: NotRequired[str]


class TopUpCreateRequest(TypedDict):
    amount: str
    """Amount, in whole smallest units of the currency, such as cents."""
    return_url: NotRequired[str]
    """URL to which the payment page returns."""


class WebhookEndpointCreateRequest(TypedDict):
    url: NotRequired[str]
    """URL, for the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """E-mail address of a member, for the kind `email`."""
    events: list[Events]
    """Event types as in `GET /webhooks/event-types`, such as `job.*`, or `*` for all."""
    description: NotRequired[str]
    enabled: NotRequired[bool]
    kind: NotRequired[WebhookEndpointKind]
