"""Django settings of the tests: the real ones, in a directory of their own.

``TEST_DATABASE_URL`` runs the same tests on another database.
"""

import atexit
import os
import shutil
import tempfile

_directory = tempfile.mkdtemp(prefix="trainyard-tests-")
atexit.register(shutil.rmtree, _directory, ignore_errors=True)

os.environ.update(
    TRAINYARD_DATA_DIR=_directory,
    TRAINYARD_DATABASE_URL=os.environ.get("TEST_DATABASE_URL", ""),
    TRAINYARD_SECRET_KEY="only-for-tests-0123456789abcdefghij",
    TRAINYARD_REDIS_URL=f"unix://{_directory}/redis.sock",
    TRAINYARD_ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    TRAINYARD_LOG_LEVEL="WARNING",
)

from trainyard.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each of Django's test clients makes the middleware anew, and this one would look through all static files each time.
WHITENOISE_AUTOREFRESH = True
if not os.environ.get("TEST_DATABASE_URL"):
    # pytest-django knows SQLite by the name of Django's own backend, and would give ours a file for each process.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405
