"""Content-Security-Policy (CSP level 3) of every answer: what a browser may load and run on our pages.

The dashboard's page states its own, with a nonce (``dashboard``). Everything that is no page may load nothing at all.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OWN_FILES = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
)
POLICIES = {
    # Alpine, which moves the theme's menus, evaluates expressions in attributes. No script stands in a page itself.
    "/admin/": _OWN_FILES + "script-src 'self' 'unsafe-eval'",
    "/api/docs/": _OWN_FILES + "script-src 'self'",
}


class ContentPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, policy_of(request.path))
        return response


def policy_of(path: str) -> str:
    """The policy of a page at ``path``."""
    return next((policy for prefix, policy in POLICIES.items() if path.startswith(prefix)), NOTHING)
