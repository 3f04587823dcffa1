"""On a GPU: model FLOP/s utilization (MFU; Chowdhery et al., "PaLM", 2022, appendix B) of training in bf16, compiled.

MFU is the FLOP/s that forward and backward passes need by the model's definition, over what the device can do.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.engine.networks import CONTEXT, VOCABULARY, ReferenceGpt, resnet50

WARM_UP_STEPS = 15
STEPS = 50
PEAK_BF16 = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "4090": 165e12}
"""Dense bf16 FLOP/s with float32 accumulation, from the makers' data sheets, by a part of the device's name."""


@dataclass(frozen=True, slots=True)
class Utilization:
    """``mfu`` is ``None`` for a device whose peak is not in the table."""

    model: str
    device: str
    samples_per_second: float
    mfu: float | None


def measure() -> list[Utilization]:
    """Empty without a CUDA device."""
    if not torch.cuda.is_available():
        return []
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    images = torch.randn(256, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
    labels = torch.randint(1000, (256,), device="cuda")
    network = resnet50().cuda().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    tokens = torch.randint(VOCABULARY, (16, CONTEXT), device="cuda")

    def next_token_loss(outputs: Tensor) -> Tensor:
        return functional.cross_entropy(outputs[:, :-1].flatten(0, 1).float(), tokens[:, 1:].flatten())

    return [
        _utilization("resnet50", network, images, lambda outputs: functional.cross_entropy(outputs, labels)),
        _utilization("gpt, 124 M parameters", ReferenceGpt().cuda(), tokens, next_token_loss),
    ]


def _utilization(name: str, network: nn.Module, inputs: Tensor, loss_of: Callable[[Tensor], Tensor]) -> Utilization:
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.0001, fused=True)

    def step(model: nn.Module) -> None:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = loss_of(model(inputs))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    with FlopCounterMode(display=False) as counter:
        step(network)
    compiled: nn.Module = torch.compile(network)
    for _ in range(WARM_UP_STEPS):
        step(compiled)
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(STEPS):
        step(compiled)
    torch.cuda.synchronize()
    seconds = (time.perf_counter() - began) / STEPS
    device = torch.cuda.get_device_name()
    peak = next((flops for part, flops in PEAK_BF16.items() if part in device), None)
    return Utilization(
        model=name,
        device=device,
        samples_per_second=len(inputs) / seconds,
        mfu=counter.get_total_flops() / seconds / peak if peak else None,
    )
