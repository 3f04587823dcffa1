"""Losses of preferences beside the formulas of TRL, which many recipes were tuned with.

Transcribed from their definitions in TRL (https://huggingface.co/docs/trl): ``DPOTrainer`` with ``loss_type`` sigmoid,
and ``ORPOTrainer``; beside that, what TRL's own statements gave on the numbers of a fixture, for ORPO and KTO.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.tasks.preference_tuning.objective import dpo, kto, orpo, reference_point

BETAS = (0.05, 0.1, 0.5)
PAIRS = 64
KTO = ("own", "reference", "other_own", "other_reference")
FIXTURE = Path(__file__).parents[2] / "fixtures" / "preference_losses_of_trl.json"
OF_TRL = json.loads(FIXTURE.read_text())


@pytest.fixture
def answers() -> Tensor:
    """Log-probabilities of pairs of answers, those of the reference, and their tokens: float64 (pairs, 2, 3)."""
    torch.manual_seed(3)
    tokens = torch.randint(1, 40, (PAIRS, 2)).double()
    own, reference = (-tokens * torch.rand(PAIRS, 2, dtype=torch.float64).add(0.02) for _ in range(2))
    return torch.stack((own, reference, tokens), dim=2)


@pytest.mark.parametrize("beta", BETAS)
def test_dpo_is_trls_sigmoid_loss(answers: Tensor, beta: float) -> None:
    (chosen, rejected), (chosen_before, rejected_before) = answers[..., 0].T, answers[..., 1].T
    chosen_ratios, rejected_ratios = chosen - chosen_before, rejected - rejected_before
    expected = -functional.logsigmoid(beta * (chosen_ratios - rejected_ratios))
    torch.testing.assert_close(dpo(answers, torch.ones(PAIRS), beta), expected)


@pytest.mark.parametrize("beta", BETAS)
def test_orpo_is_trls_loss_of_mean_log_probabilities(answers: Tensor, beta: float) -> None:
    chosen, rejected = (answers[..., 0] / answers[..., 2]).T
    log_odds = (chosen - rejected) - (torch.log1p(-torch.exp(chosen)) - torch.log1p(-torch.exp(rejected)))
    expected = -chosen - beta * functional.logsigmoid(log_odds)
    torch.testing.assert_close(orpo(answers, torch.ones(PAIRS), beta), expected)


@pytest.mark.parametrize("case", OF_TRL["kto"]["cases"], ids=lambda case: f"{case['beta']}, {case['divergence']:.1f}")
def test_kto_gives_what_trl_gave(case: dict[str, Any]) -> None:
    """With a reference point above 0, and with one that is bounded below by it."""
    known = {name: torch.tensor(OF_TRL["kto"][name], dtype=torch.float64) for name in KTO}
    own = torch.stack((known["own"], known["other_own"] + case["shift"]), dim=1)
    reference = torch.stack((known["reference"], known["other_reference"]), dim=1)
    outputs = torch.stack((own, reference, torch.ones_like(own)), dim=2)
    assert float(reference_point(outputs)) == pytest.approx(case["divergence"], abs=1e-9)
    found = kto(outputs, torch.tensor(OF_TRL["kto"]["desirable"]), case["beta"])
    torch.testing.assert_close(found, torch.tensor(case["losses"], dtype=torch.float64), rtol=0, atol=1e-9)


@pytest.mark.parametrize("case", OF_TRL["orpo"]["cases"], ids=lambda case: str(case["beta"]))
def test_orpo_gives_what_trl_gave(case: dict[str, Any]) -> None:
    """Beside the mean log-probability of the chosen answer, which is the likelihood's part of the loss."""
    told = OF_TRL["orpo"]
    own = torch.tensor([told["chosen"], told["rejected"]], dtype=torch.float64).T
    tokens = torch.tensor(told["tokens"], dtype=torch.float64)
    outputs = torch.stack((own, torch.zeros_like(own), tokens), dim=2)
    found = orpo(outputs, torch.ones(len(own)), case["beta"]) + own[:, 0] / tokens[:, 0]
    expected = -torch.tensor(case["odds_losses"], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_the_reference_point_is_no_path_of_gradients(answers: Tensor) -> None:
    own = answers[..., 0].clone().requires_grad_()
    outputs = torch.stack((own, answers[..., 1] - 30, answers[..., 2]), dim=2)
    assert reference_point(outputs) > 0
    kto(outputs, torch.ones(PAIRS), 0.1).sum().backward()
    assert own.grad is not None
    assert own.grad[:, 0].abs().min() > 0
    assert own.grad[:, 1].abs().max() == 0


def test_gradients_are_theirs_too(answers: Tensor) -> None:
    own = answers[..., 0].clone().requires_grad_()
    mine = torch.stack((own, answers[..., 1], answers[..., 2]), dim=2)
    dpo(mine, torch.ones(PAIRS), 0.1).mean().backward()
    margin = (answers[:, 0, 0] - answers[:, 0, 1]) - (answers[:, 1, 0] - answers[:, 1, 1])
    # Rafailov et al. (2023), section 4: the weight of a pair is how wrongly the implicit rewards order it.
    weight = 0.1 * torch.sigmoid(-0.1 * margin) / PAIRS
    torch.testing.assert_close(own.grad, torch.stack((-weight, weight), dim=1))
