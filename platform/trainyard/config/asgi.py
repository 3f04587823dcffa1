"""The web application; ``python -m trainyard.config.web`` serves it."""

import gc
import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import django

from trainyard.config.environment import require_secret_key
from trainyard_common.inspection import forbid_inspection
from trainyard_common.processes import signal_at_parent_death

forbid_inspection()
gc.disable()  # until all is imported, which stays: each collection would look through it
if (parent := multiprocessing.parent_process()) is not None:
    # One of several that share a socket: without the parent it would keep the port and never be replaced.
    signal_at_parent_death(signal.SIGTERM, parent=parent.pid)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")
require_secret_key()
django.setup(set_prefix=False)

from trainyard.api.asgi import BodyHandler  # noqa: E402  it reads the settings
from trainyard.config.books import require_currency  # noqa: E402  likewise

with ThreadPoolExecutor(1) as thread:  # uvicorn imports this in its event loop, where Django refuses queries
    thread.submit(require_currency).result()
application = BodyHandler()
# What stays for the life of the process is not looked through again by every full collection, which stops all threads.
gc.collect()
gc.freeze()
gc.enable()
