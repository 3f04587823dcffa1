"""Presumed organization of a request, from its credentials, for fair queuing only. This is not authentication."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import parse_cookie

from trainyard.api.actor import Actor
from trainyard.api.entrance import header
from trainyard.core.subscribers import subscriber_of

MOST_KNOWN = 10_000
CREDENTIALS = (b"authorization", b"x-api-key", b"x-session-token", b"trainyard-organization")


class KnownCallers:
    """Cache of the organizations of recently used credentials."""

    def __init__(self) -> None:
        self._flows: OrderedDict[bytes, str] = OrderedDict()

    def flow(self, scope: Mapping[str, Any]) -> str:
        """The organization of a caller who was here, else the address: made-up credentials make nobody several."""
        return self._flows.get(_credentials(scope)) or f"address:{subscriber_of((scope.get('client') or ('',))[0])}"

    def learn(self, scope: Mapping[str, Any], caller: object) -> None:
        """``caller`` is whom the request turned out to be from; an ``Actor``, or somebody who stays unknown."""
        if type(caller) is not Actor:  # a lazy user would be looked up by more than a glance
            return
        known = _credentials(scope)
        self._flows[known] = caller.organization_id or caller.name
        self._flows.move_to_end(known)
        if len(self._flows) > MOST_KNOWN:
            self._flows.popitem(last=False)


def _credentials(scope: Mapping[str, Any]) -> bytes:
    """A digest, so that no secret is kept."""
    session = parse_cookie(header(scope, b"cookie").decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")
    shown = [*(header(scope, name) for name in CREDENTIALS), session.encode()]
    return hashlib.sha256(b"\n".join(shown)).digest()
