"""The moving average of weights against its formula and torch's own."""

import torch
from torch import Tensor, nn

from trainyard_engine.core.weight_averaging import WeightAverage
from trainyard_spec.training import EmaConfig


def change(network: nn.Module, step: int) -> None:
    """Stands for a training step."""
    torch.manual_seed(step)
    network(torch.randn(6, 3)).sum().backward()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter))


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor)


def test_it_is_the_running_formula_over_weights_and_norm_statistics() -> None:
    network = small_network()
    average = WeightAverage(EmaConfig(decay=0.5), network)
    expected = {name: tensor.double() for name, tensor in network.state_dict().items()}
    for step in range(1, 9):
        change(network, step)
        average.update(step)
        kept = min(0.5, (1 + step) / (10 + step))
        for name, tensor in network.state_dict().items():
            expected[name] = kept * expected[name] + (1 - kept) * tensor.double()
    found = average.tensors()
    assert found.pop("1.num_batches_tracked") == 8
    for name, tensor in found.items():
        torch.testing.assert_close(tensor.double(), expected[name], rtol=1e-5, atol=1e-6)


def test_after_the_first_steps_it_is_torchs_average() -> None:
    network = small_network()
    ours = WeightAverage(EmaConfig(decay=0.1), network)  # 0.1 is below every (1 + t) / (10 + t)
    theirs = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.1), use_buffers=True
    )
    theirs.n_averaged += 1  # else its first update copies
    for step in range(1, 6):
        change(network, step)
        ours.update(step)
        theirs.update_parameters(network)
    found = ours.tensors()
    del found["1.num_batches_tracked"]
    assert_same(theirs.module.state_dict(), found)


def test_the_network_has_its_own_weights_again_after_a_look_at_the_average() -> None:
    network = small_network()
    average = WeightAverage(EmaConfig(decay=0.9), network)
    change(network, 1)
    own = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with average.applied():
        assert_same(network.state_dict(), average.tensors())
        assert not torch.equal(network.state_dict()["0.weight"], own["0.weight"])
    assert all(torch.equal(tensor, own[name]) for name, tensor in network.state_dict().items())
