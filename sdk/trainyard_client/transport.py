"""HTTP with retries that cannot do a thing twice."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from trainyard_client.errors import ApiError, Unreachable

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
RETRY_FOR_SECONDS = 30.0
UPLOAD_TIMEOUT = httpx.Timeout(60.0, read=600.0)
USER_AGENT = "trainyard-client/0.1"


class Transport:
    """Sends requests with the API key. Every POST carries an idempotency key, so that it may be sent again."""

    def __init__(self, *, base_url: str, api_key: str, timeout_seconds: float) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": USER_AGENT},
            timeout=httpx.Timeout(timeout_seconds, connect=5.0),
        )
        self._retrying = Retrying(
            retry=retry_if_exception(_worth_another_try),
            stop=stop_after_delay(RETRY_FOR_SECONDS),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            reraise=True,
        )

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at ``path``. Raises ``ApiError`` or ``Unreachable``."""
        return self._send("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Any = None) -> Any:
        return self._send("POST", path, json=body if body is not None else {}, headers=_once())

    def post_file(self, path: str, *, file: Any, name: str) -> Any:
        """Streams ``file`` as the multipart field ``file``; rewound before each try."""

        def upload() -> Any:
            file.seek(0)
            return self._checked(
                self._http.post(
                    path, files={"file": (name, file)}, headers=key, timeout=httpx.Timeout(60.0, read=600.0)
                )
            )

        key = _once()
        return self._patiently(upload)

    def delete(self, path: str) -> Any:
        return self._send("DELETE", path)

    @contextmanager
    def stream(self, path: str) -> Iterator[httpx.Response]:
        """The open response at ``path``, to be read as it arrives; redirects to a store are followed."""
        with self._http.stream("GET", path, follow_redirects=True) as response:
            if response.is_error:
                response.read()
                raise ApiError.from_response(response)
            yield response

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, **options: Any) -> Any:
        return self._patiently(lambda: self._checked(self._http.request(method, path, **options)))

    def _patiently(self, call: Any) -> Any:
        try:
            return self._retrying(call)
        except httpx.TransportError as error:
            raise Unreachable(
                f"{self._http.base_url.netloc.decode()} does not answer ({error or type(error).__name__})."
            ) from error

    @staticmethod
    def _checked(response: httpx.Response) -> Any:
        if response.is_error:
            raise ApiError.from_response(response)
        return response.json() if response.content else None


def _once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _worth_another_try(error: BaseException) -> bool:
    return isinstance(error, httpx.TransportError) or (isinstance(error, ApiError) and error.status in RETRIED_STATUSES)
