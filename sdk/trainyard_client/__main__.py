"""``python -m trainyard_client``: the ``trainyard`` command."""

from trainyard_client.cli import main

main()
