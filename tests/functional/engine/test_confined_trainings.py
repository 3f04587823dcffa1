"""True trainings in every kind of sandbox: alone and in two slots, and on a host that lets nobody mount a ``/proc``."""

import sys
from pathlib import Path

import pytest

from tests.support.compiled import make_spec, small_images, write_json
from tests.support.engine_server import EngineServer, engine_server
from tests.support.insider import LANDLOCK, NAMESPACES, run
from trainyard_common.sandbox import Policy

pytestmark = pytest.mark.timeout(300)

SPEC = make_spec(
    "image_classification",
    {"name": "cnn", "channels": [4], "hidden": [8], "norm": "batch"},
    epochs=2,
    optimizer={"name": "adamw", "lr": 0.01},
    checkpoint={"every_steps": 5},
)
WITHOUT_PROC = """
import sys
from trainyard_common.sandbox import CannotConfine, kernel
mount = kernel.mount
def refuse(source, target, filesystem, flags, options=""):
    if filesystem == "proc":
        raise CannotConfine("mount(proc): Operation not permitted")
    mount(source, target, filesystem, flags, options)
kernel.mount = refuse
from trainyard_engine.cli import forkserver
sys.exit(forkserver.run(sys.argv[1:]))
"""


def trained(server: EngineServer, data: Path, directory: Path, *, slots: int) -> str:
    out, temporary = directory / f"out-{slots}", directory / f"tmp-{slots}"
    out.mkdir()
    temporary.mkdir()
    spec = write_json(directory / f"spec-{slots}.json", SPEC | {"resources": {"slots": slots}})
    child = server.start(
        *("train", "--spec", spec, "--data", data, "--out", out, "--threads", slots),
        directory=directory,
        environment={"TMPDIR": str(temporary), "CUDA_VISIBLE_DEVICES": ""},
        policy=Policy(readable=(spec, data), writable=(out, temporary), loopback=slots > 1),
    )
    status = child.wait()
    errors = "".join(path.read_text() for path in directory.glob("*.stderr"))
    assert status == 0, (child.seen, errors)
    return str(child.seen[-1]["weights_sha256"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_images(tmp_path_factory.mktemp("confined") / "data")


@pytest.fixture(scope="module")
def expected(server: EngineServer, data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is trained without a sandbox."""
    directory = tmp_path_factory.mktemp("open")
    return [trained(server, data, directory, slots=slots) for slots in (1, 2)]


@pytest.mark.parametrize("kind", ["namespaces", "namespaces without /proc", "landlock"])
def test_trainings_are_the_same_as_without_a_sandbox(
    kind: str, data: Path, expected: list[str], tmp_path: Path
) -> None:
    sandbox = LANDLOCK if kind == "landlock" else NAMESPACES
    if (refused := run("", Policy(), sandbox)).status != 0:
        pytest.skip(f"this host has none: {refused.stderr}")
    double = (sys.executable, "-P", "-c", WITHOUT_PROC, "--sandbox", sandbox.as_json(), "--socket-fd")
    command = double if "without" in kind else ()
    with engine_server(*command, sandbox=sandbox) as server:
        assert [trained(server, data, tmp_path, slots=slots) for slots in (1, 2)] == expected
