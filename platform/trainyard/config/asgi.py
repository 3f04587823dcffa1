"""The web process: ``uvicorn trainyard.config.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

from trainyard.config.environment import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")
require_secret_key()
application = get_asgi_application()
