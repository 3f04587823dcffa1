"""What a customer has on the ``site`` that each file of faults starts for itself."""

from collections.abc import Iterator

import pytest

from tests.support.sample_jobs import upload_table
from tests.support.site import Site
from trainyard_client import Client


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[Client]:
    with site.client() as client:
        yield client
    # Once for a file: it looks at all that its tests left, and a command takes seconds to start.
    site.check_history()


@pytest.fixture(scope="module")
def version(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a ready version of a small table."""
    return upload_table(client, tmp_path_factory.mktemp("table"))
