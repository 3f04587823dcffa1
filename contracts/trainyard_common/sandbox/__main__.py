"""Prints, as one line of JSON, the strongest ``Sandbox`` that this host allows."""

import sys

from trainyard_common.sandbox.probing import probe

sys.stdout.write(probe().as_json() + "\n")
