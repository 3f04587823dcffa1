"""``python -m trainyard_engine COMMAND …``."""

import sys

from trainyard_engine.commands import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
