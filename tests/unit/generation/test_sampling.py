"""Sampling: each draw belongs to its seed and place, and truncation keeps what its definition says."""

import pytest
import torch

from trainyard_engine.generation.port import SamplingParameters
from trainyard_engine.generation.sampling import choose

DRAWS = 4_000
LOGITS = torch.tensor([0.5, 2.0, 1.0, -1.0, 0.0])


def _shares(**parameters: float) -> list[float]:
    sampling = [SamplingParameters(seed=seed, **parameters) for seed in range(DRAWS)]  # type: ignore[arg-type]
    chosen = choose(LOGITS.expand(DRAWS, -1).clone(), sampling, [0] * DRAWS)
    return (torch.bincount(chosen, minlength=len(LOGITS)) / DRAWS).tolist()


def test_draws_follow_the_softmax_at_the_temperature() -> None:
    assert _shares(temperature=0.7) == pytest.approx((LOGITS / 0.7).softmax(dim=0).tolist(), abs=0.03)


def test_top_k_keeps_the_likeliest() -> None:
    kept = torch.tensor([-torch.inf, 2.0, 1.0, -torch.inf, -torch.inf]).softmax(dim=0)
    assert _shares(temperature=1.0, top_k=2) == pytest.approx(kept.tolist(), abs=0.03)


def test_top_p_keeps_the_fewest_tokens_that_reach_it() -> None:
    # The likeliest have 0.53, 0.20 and 0.12: the nucleus of 0.6 is the first two.
    kept = torch.tensor([-torch.inf, 2.0, 1.0, -torch.inf, -torch.inf]).softmax(dim=0)
    assert _shares(temperature=1.0, top_p=0.6) == pytest.approx(kept.tolist(), abs=0.03)
    assert _shares(temperature=1.0, top_p=1e-9) == [0, 1, 0, 0, 0]


def test_a_place_draws_anew() -> None:
    sampling = [SamplingParameters(seed=1)] * 64
    assert len(set(choose(torch.zeros(64, 1_000), sampling, range(64)).tolist())) > 50
