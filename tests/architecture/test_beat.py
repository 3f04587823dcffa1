"""Beat is a process that knows names and times, and nothing of what is done then."""

import json
import os
import subprocess
import sys

from repository import ROOT

from trainyard.config.celery import app as control
from trainyard.periodic.schedule import SCHEDULE

BEAT = """
import json, sys
from trainyard.config.beat import app
app.loader.init_worker()
heavy = sorted({"django.apps", "numpy", "trainyard.core", "trainyard.periodic.tasks"} & sys.modules.keys())
names = sorted(entry["task"] for entry in app.conf.beat_schedule.values())
print(json.dumps({"heavy": heavy, "names": names, "broker": app.conf.broker_url, "queue": app.conf.task_default_queue}))
"""


def test_beat_sends_the_control_workers_tasks_and_imports_neither_them_nor_django() -> None:
    sources = os.pathsep.join(str(ROOT / name) for name in ("platform", "contracts"))
    environment = {**os.environ, "PYTHONPATH": sources, "DJANGO_SETTINGS_MODULE": "trainyard.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", BEAT], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    beat = json.loads(done.stdout)
    assert beat["heavy"] == []
    control.loader.import_default_modules()
    assert control.tasks.keys() >= set(beat["names"]) == {entry["task"] for entry in SCHEDULE.values()}
    assert (beat["broker"], beat["queue"]) == (control.conf.broker_url, control.conf.task_default_queue)
