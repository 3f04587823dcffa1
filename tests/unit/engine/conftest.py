"""Every test of the engine's parts draws the same weights and data in every run."""

import pytest
import torch


@pytest.fixture(autouse=True)
def same_draws() -> None:
    torch.manual_seed(0)
