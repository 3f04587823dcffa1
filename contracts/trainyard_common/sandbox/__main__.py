"""Prints the strongest ``Sandbox`` that this host supports, as one line of JSON."""

import sys

from trainyard_common.sandbox.probing import probe

sys.stdout.write(probe().as_json() + "\n")
