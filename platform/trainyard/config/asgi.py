"""The web process: ``uvicorn trainyard.config.asgi:application``."""

import os

import django

from trainyard.config.environment import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")
require_secret_key()
django.setup(set_prefix=False)

from trainyard.api.asgi import BodyHandler  # noqa: E402  it reads the settings

application = BodyHandler()
