"""Base of every REST view: sets the tenant of the caller, and answers a POST once per ``Idempotency-Key``."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trainyard.api.actor import Actor
from trainyard.api.permissions import OPERATOR, action_of
from trainyard.api.rate_limits import LEVELS, rate_headers
from trainyard.api.serializers import StrictSerializer, validated
from trainyard.core import audit, idempotency
from trainyard.core.errors import NotFound
from trainyard.core.models import IdempotencyRecord
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now

Handler = Callable[..., HttpResponseBase]


class TrainyardView(APIView):
    """Base view; ``actions`` maps each method to the action that permits it (see ``permissions``).

    ``idempotent_post = False`` is for POSTs that store nothing and must not run in a transaction. ``takes_body =
    False`` is for POSTs that are complete by their path: a body with fields is refused. ``costly_methods`` compute for
    long (see ``admission``). ``unstored_fields`` names response fields, at any depth, that are shown once: the stored
    response, and so every replay, has null in their place.
    """

    actions: ClassVar[dict[str, str]] = {}
    idempotent_post: ClassVar[bool] = True
    takes_body: ClassVar[bool] = True
    costly_methods: ClassVar[frozenset[str]] = frozenset()
    unstored_fields: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.request_scope:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\x00" in str(value) for value in kwargs.values()):
            raise NotFound("There is nothing here by that id.")  # PostgreSQL would refuse to compare with it
        if isinstance(request.user, Actor):
            self._act_as(request.user)
        if action_of(request, self) == OPERATOR:
            self.request_scope.enter_context(platform_scope())
        if request.method == "POST" and (stated := request.headers.get("Idempotency-Key")) is not None:
            idempotency.require_key(stated)
        if request.method == "POST" and not self.takes_body:
            validated(StrictSerializer, {} if request.data is None else request.data)
        key = self.idempotency_key(request) if request.method == "POST" and self.idempotent_post else None
        if key:
            self.post: Handler = partial(self._post_once, self.post, key)
        elif request.method == "POST":
            self.post = partial(self._post_prepared, self.post)

    def idempotency_key(self, request: Request) -> str | None:
        """By what a repetition of this POST is known."""
        return request.headers.get("Idempotency-Key")

    def _act_as(self, actor: Actor) -> None:
        self.request_scope.enter_context(audit.acting(actor=actor.name))
        if actor.organization_id:
            self.request_scope.enter_context(tenant_scope(actor.organization_id))

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        for name, value in rate_headers(getattr(request, LEVELS, ())).items():
            response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        """The caller; only valid once permissions were checked."""
        actor = self.request.user
        assert isinstance(actor, Actor)  # noqa: S101  HasRole let nobody else through
        return actor

    def prepared_post(self, request: Request, *args: Any, **kwargs: Any) -> AbstractContextManager[None]:
        """Surrounds a POST with what takes long and changes nothing by itself: it holds no transaction.

        A repetition that comes before the first is answered prepares in vain, and ends with the first one's answer.
        """
        return nullcontext()

    def _post_prepared(self, post: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with self.prepared_post(request, *args, **kwargs):
            return post(request, *args, **kwargs)

    def _post_once(self, post: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
        scope = self.actor.organization_id or self.actor.name
        asked = idempotency.IdempotentRequest(scope=scope, key=key, fingerprint=fingerprint(request))
        if (answered := idempotency.answered(asked, now=database_now())) is not None:
            return _replayed(answered)
        with self.prepared_post(request, *args, **kwargs):
            return self._post_in_transaction(post, asked, request, *args, **kwargs)

    @sensitive_variables("response")
    def _post_in_transaction(
        self, post: Handler, asked: idempotency.IdempotentRequest, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        with transaction.atomic():
            stored = idempotency.begin(asked, now=database_now())
            if stored.status is not None:
                return _replayed(stored)
            response = post(request, *args, **kwargs)
            assert isinstance(response, Response)  # noqa: S101  a view that streams is not ``idempotent_post``
            idempotency.finish(stored, status=response.status_code, body=_without(response.data, self.unstored_fields))
            return response


def _replayed(stored: IdempotencyRecord) -> Response:
    return Response(stored.body, status=stored.status, headers={"Idempotency-Replayed": "true"})


def _without(body: Any, fields: frozenset[str]) -> Any:
    if isinstance(body, dict) and fields:
        return {name: None if name in fields else _without(value, fields) for name, value in body.items()}
    return body


def fingerprint(request: Request) -> str:
    """SHA-256 over method, path and body; of an uploaded file its own digest stands for the content."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.FILES or request.content_type.startswith("multipart/"):  # a form without a file was read to its end, too
        for name, value in sorted(request.POST.items()):
            digest.update(f"{name}={value}\n".encode())
        for name, file in sorted(request.FILES.items()):
            digest.update(f"{name}:{file.name}:{getattr(file, 'sha256', file.size)}\n".encode())
    else:
        digest.update(request._request.body)  # noqa: SLF001  REST framework has no other way to the raw body
    return digest.hexdigest()
