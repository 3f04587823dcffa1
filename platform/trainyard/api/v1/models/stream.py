"""Generated answers as server-sent events: ``part``, and finally ``predictions`` or ``problem``."""

import json
from collections.abc import AsyncIterator
from typing import Any

from trainyard.api.generation_stream import GenerationStream
from trainyard.core.errors import TrainyardError


async def events(stream: GenerationStream) -> AsyncIterator[bytes]:
    try:
        async for part in stream.follow():
            yield event(
                "part", part.model_dump(mode="json", exclude={"type"}, exclude_defaults=True) | {"input": part.input}
            )
    except TrainyardError as error:
        yield event("problem", {"code": error.code, "detail": error.message, "hint": error.hint})
        return
    yield event("predictions", {"predictions": stream.answers})


def event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
