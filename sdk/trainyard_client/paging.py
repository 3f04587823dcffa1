"""Lists of any length, fetched a page at a time."""

from collections.abc import Iterator
from typing import Any

from trainyard_client.transport import Transport


def pages(transport: Transport, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Every item of the list at ``path``; ``query`` narrows it."""
    cursor: str | None = None
    while True:
        page = transport.get(path, cursor=cursor, **query)
        yield from page["data"]
        cursor = page.get("next_cursor")
        if cursor is None:
            return
