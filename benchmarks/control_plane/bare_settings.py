"""Settings of the yardstick: a bare REST framework view on the platform's own HTTP server, handler and database.

Without its middleware, callers, limits and tenants. On PostgreSQL with Django's own backend, which has a pool; on
SQLite with the platform's, for Django's opens the database anew for each request.
"""

from typing import Any

from trainyard.config import settings

for _name in filter(str.isupper, dir(settings)):
    globals()[_name] = getattr(settings, _name)

ROOT_URLCONF = "benchmarks.control_plane.bare_view"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "allauth.account.middleware.AccountMiddleware"]
"""The first states an answer's length; an app insists on the second."""
REST_FRAMEWORK: dict[str, Any] = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
_DATABASE: dict[str, Any] = settings.DATABASES["default"]
_STOCK = {"trainyard.core.postgresql": "django.db.backends.postgresql"}
DATABASES = {"default": _DATABASE | {"ENGINE": _STOCK.get(_DATABASE["ENGINE"], _DATABASE["ENGINE"])}}
