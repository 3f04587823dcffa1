"""Celery beat, which sends each periodic task when it is due: ``celery -A trainyard.config.beat beat``.

It needs the names of the tasks and no more: neither Django nor the tasks are imported, which saves a second of every
start and 100 MB.
"""

from celery import Celery

from trainyard.config.celery_settings import broker_settings
from trainyard.config.environment import environment
from trainyard.config.logs import logging_config
from trainyard_common.inspection import forbid_inspection

forbid_inspection()
logging_config(level=environment().log_level)

app = Celery("trainyard", set_as_current=True, fixups=[])  # the one for Django would set it up
app.conf.update(broker_settings())
