"""Losses of preferences beside the formulas of TRL, which many recipes were tuned with.

Transcribed from their definitions in TRL (https://huggingface.co/docs/trl): ``DPOTrainer`` with ``loss_type`` sigmoid,
``ORPOTrainer``, and ``KTOTrainer`` with ``loss_type`` kto, its estimate of the divergence at 0.
"""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.tasks.preference_tuning.objective import dpo, kto, orpo

BETAS = (0.05, 0.1, 0.5)
PAIRS = 64


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


@pytest.mark.parametrize("beta", BETAS)
def test_kto_is_trls_loss_where_its_estimate_of_the_divergence_is_nought(answers: Tensor, beta: float) -> None:
    """TRL bounds that estimate below by 0, which it is wherever the model does not leave its reference."""
    desirable, single = torch.arange(PAIRS) % 2, answers[:, :1]
    ratios, divergence = answers[:, 0, 0] - answers[:, 0, 1], torch.zeros(1, dtype=torch.float64).clamp(min=0)
    gained = 1 - functional.sigmoid(beta * (ratios - divergence))
    lost = 1 - functional.sigmoid(beta * (divergence - ratios))
    torch.testing.assert_close(kto(single, desirable, beta), torch.where(desirable > 0, gained, lost))


def test_gradients_are_theirs_too(answers: Tensor) -> None:
    own = answers[..., 0].clone().requires_grad_()
    mine = torch.stack((own, answers[..., 1], answers[..., 2]), dim=2)
    dpo(mine, torch.ones(PAIRS), 0.1).mean().backward()
    margin = (answers[:, 0, 0] - answers[:, 0, 1]) - (answers[:, 1, 0] - answers[:, 1, 1])
    # Rafailov et al. (2023), section 4: the weight of a pair is how wrongly the implicit rewards order it.
    weight = 0.1 * torch.sigmoid(-0.1 * margin) / PAIRS
    torch.testing.assert_close(own.grad, torch.stack((-weight, weight), dim=1))
