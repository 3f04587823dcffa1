"""JSON serializer (RFC 8259) for Django's Redis cache, which would store pickles by default.

Unpickling executes code: whoever can write to the cache could run code in every process that reads it.
"""

import json
from typing import Any


class JsonSerializer:
    """For ``CACHES`` → ``OPTIONS`` → ``serializer``. Accepts JSON values; a tuple is read back as a list."""

    def dumps(self, value: Any) -> bytes | int:
        """Whole numbers stay as they are, so that Redis can count with them. Raises ``TypeError``."""
        if type(value) is int:
            return value
        return json.dumps(value, separators=(",", ":")).encode()

    def loads(self, stored: bytes) -> Any:
        """Raises ``ValueError`` for anything but JSON."""
        return json.loads(stored)
