"""One warm forkserver for all functional tests of the engine, and the trainings they run on it."""

from collections.abc import Iterator

import pytest

from tests.support.architecture_matrix import Datasets
from tests.support.compiled import small_images, small_table, small_texts
from tests.support.engine_server import EngineServer, engine_server
from tests.support.trainings import SPECS, Case, Undisturbed


@pytest.fixture(scope="session")
def server() -> Iterator[EngineServer]:
    with engine_server() as running:
        yield running


@pytest.fixture(scope="session", params=SPECS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    data = tmp_path_factory.mktemp("data")
    name: str = request.param
    if name == "cnn-images":
        small_images(data)
    elif name == "rnn-texts":
        small_texts(data)
    else:
        small_table(data, is_regression=name.endswith("regression"))
    return Case(name=name, spec=SPECS[name], data=data, threads=2 if name == "cnn-images" else 1)


@pytest.fixture(scope="session")
def undisturbed(case: Case, server: EngineServer, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    out = tmp_path_factory.mktemp("undisturbed")
    child = case.start(server, out)
    assert child.wait() == 0, child.seen[-1]
    return Undisturbed(case=case, out=out, child=child)


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Datasets:
    return Datasets(tmp_path_factory.mktemp("datasets"))
