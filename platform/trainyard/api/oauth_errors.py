"""Errors for OAuth clients (RFC 6749, section 5.2): the problem document with the field ``error``."""

from collections.abc import Mapping
from typing import Any

from trainyard.core.errors import TrainyardError

PREFIX = "/api/v1/oauth/"
NAMES = {"invalid_input": "invalid_request", "parse_error": "invalid_request"}
"""Of codes that OAuth calls something else."""


def error_body(error: TrainyardError, problem: Mapping[str, Any]) -> dict[str, Any]:
    """``error`` is the code that the grant's clients decide by."""
    return {"error": NAMES.get(error.code, error.code), "error_description": problem["detail"], **problem}
