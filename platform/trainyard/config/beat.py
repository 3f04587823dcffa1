"""Celery beat, which sends each periodic task when it is due: ``celery -A trainyard.config.beat beat``.

It needs the names of the tasks and no more: neither Django nor the tasks are imported, which saves a second of every
start and 100 MB.
"""

from celery import Celery

from trainyard.config.celery_settings import broker_settings
from trainyard.config.environment import environment
from trainyard_common.inspection import forbid_inspection
from trainyard_common.logs import configure_logs

forbid_inspection()
configure_logs(environment().log_level)

app = Celery("trainyard", set_as_current=True, fixups=[])  # the one for Django would set it up
app.conf.update(broker_settings())
