"""Answers about oauth. Written by ``scripts/client_types.py``."""

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import TokenType
from trainyard_client.types.shared import ApiKey, Organization


class StartedDeviceAuthorization(Answer):
    """As RFC 8628, section 3.2, has it."""

    device_code: str
    """The device's secret, with which it polls; shown this once."""
    user_code: str
    """What the person types, as `WDJB-MJHT`."""
    verification_uri: str
    """Where they type it."""
    verification_uri_complete: str
    """The same with the code in it."""
    expires_in: int
    """Seconds until the codes end."""
    interval: int
    """Seconds to wait between two polls."""


class Token(Answer):
    """As RFC 6749, section 5.1, has it, and what the key is."""

    access_token: str
    """The API key; shown this once."""
    token_type: TokenType
    expires_in: int
    """Seconds until the key expires."""
    scope: str
    """Its scopes, separated by spaces; empty: all that its role may do."""
    key: ApiKey
    organization: Organization
