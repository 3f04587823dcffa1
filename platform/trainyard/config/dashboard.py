"""Serves the built dashboard's one page. Its scripts and styles are static files."""

import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie

from trainyard.api.problems import only_read

NONCE = "CSP_NONCE"
SESSION = "SESSION_STATE"
"""What the page holds in the place of its policy's nonce, and of whether somebody is logged in."""

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' blob: data:; media-src blob: data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NOT_BUILT = (
    "The dashboard is not built. Run `make setup` and start the platform again. The API is there all the same.\n"
)


@only_read
@never_cache
@ensure_csrf_cookie
def dashboard(request: HttpRequest) -> HttpResponse:
    """The page, the same at every path, or 503 and what to do when it was never built."""
    page = _built_page(settings.FRONTEND_DIST / "index.html")
    if page is None:
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    nonce = secrets.token_urlsafe(16)
    session = "open" if request.user.is_authenticated else "none"
    response = HttpResponse(page.replace(NONCE, nonce).replace(SESSION, session))
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(self)"
    return response


def _built_page(path: Path) -> str | None:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=1)
def _read(path: Path, _changed_at: int) -> str:
    return path.read_text()
