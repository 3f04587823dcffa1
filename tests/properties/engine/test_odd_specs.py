"""Whatever is asked of a training, it is refused with the field's name before its first step, or it trains."""

import tempfile
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from tests.support.architecture_matrix import Datasets, Pair, architecture_matrix
from tests.support.fuzz.scale import tries
from tests.support.fuzz.specs import Options, odd_specs
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.session import TrainingRequest, train
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import Fault
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, SpecProblem, parse_training_spec

PAIRS = {pair.name: pair for pair in architecture_matrix() if "pretrained" not in pair.name}
STEPS = 2
AFTER_STEPS = {"loss_not_finite", "out_of_memory"}
"""Faults that no look at a spec foretells."""
DataOf = Callable[[Pair], Path]


@pytest.fixture(scope="module")
def data_of(tmp_path_factory: pytest.TempPathFactory) -> DataOf:
    datasets = Datasets(tmp_path_factory.mktemp("data"))
    return lambda pair: datasets.case(pair).data


@pytest.mark.parametrize("name", PAIRS)
@seed(20260103)
@tries(quick=5, full=300)
@given(data=st.data())
def test_an_odd_spec_is_refused_or_trains(data_of: DataOf, name: str, data: st.DataObject) -> None:
    pair = PAIRS[name]
    asked = data.draw(odd_specs(parse_training_spec(pair.spec).model_dump(mode="json")))
    if spec := parsed(asked):
        check_training(spec, data_of(pair))


def parsed(asked: Options) -> TrainingSpec | None:
    """None where it is refused, with what can be stored and shown."""
    try:
        spec = parse_training_spec(asked)
    except InvalidSpec as refused:
        check_problems(refused.problems)
        return None
    assert parse_training_spec(spec.model_dump(mode="json")) == spec
    return spec


def check_problems(problems: Sequence[SpecProblem]) -> None:
    assert problems
    for problem in problems:
        assert problem.code
        assert problem.message.strip()
        assert len(f"{problem.message}{problem.hint}") < 2_000


def check_training(spec: TrainingSpec, data: Path) -> None:
    """A few steps at most."""
    said, asked = StringIO(), iter(range(STEPS))
    with tempfile.TemporaryDirectory() as out:
        request = TrainingRequest(spec=spec, data=data, out=Path(out) / "out", threads=1, device="cpu")
        try:
            train(request, Messages(said), Group(), should_stop=lambda: next(asked, None) is None)
        except EngineFault as fault:
            failed = fault.failed
            assert failed.fault == Fault.USER, failed
            assert failed.message.strip()
            assert '"first_step"' not in said.getvalue() or failed.code in AFTER_STEPS, failed
            assert failed.field or failed.code in AFTER_STEPS, failed
            return
    assert '"started"' in said.getvalue()
