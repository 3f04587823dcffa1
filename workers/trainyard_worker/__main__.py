"""``python -m trainyard_worker``: enrols, starts the threads, and runs Celery's worker until SIGTERM."""

import sys

from trainyard_common.garbage_collection import without_collection

with without_collection():
    from trainyard_worker.worker_process import main

if __name__ == "__main__":
    sys.exit(main())
