"""Answers about device authorizations. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role


class DeviceAuthorization(Answer):
    """What a device asks for, shown to the person who decides."""

    user_code: str
    client_name: str
    address: str
    """Network address of the device."""
    role: Role
    scopes: (
        list[
            Literal[
                "billing:manage",
                "billing:read",
                "datasets:read",
                "datasets:write",
                "jobs:read",
                "jobs:write",
                "models:predict",
                "models:read",
                "models:write",
                "organization:manage",
                "organization:own",
                "organization:read",
                "webhooks:manage",
                "webhooks:read",
            ]
        ]
        | None
    )
    """Scopes that limit the key; null: everything that its role allows."""
    key_lifetime_days: int
    created_at: datetime
    expires_at: datetime
    """Time until which it can be approved."""
