"""Runs npm in ``frontend/`` with the same Node that set-up uses: ``npm.py run generate``."""

import os
import sys

from setup import FRONTEND, node_tools

npm, variables = node_tools()
os.chdir(FRONTEND)
os.execvpe(npm[0], [*npm, *sys.argv[1:]], os.environ | variables)
