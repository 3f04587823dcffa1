"""The decoder-only transformer: torch's own layers, the sizes of the paper, and nothing seen ahead."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from trainyard_engine.models import BUILDERS, BuildContext, parameters_of
from trainyard_engine.models.gpt import GptBlock
from trainyard_spec.architectures.gpt import GptConfig

IDS = torch.tensor([[5, 6, 7, 8, 9], [3, 4, 2, 0, 0]], dtype=torch.int32)


def built(*, dropout: float = 0.0, vocabulary: int = 50, context: int = 8, **config: int) -> nn.Module:
    shape = BuildContext(input_shape=(context,), outputs=vocabulary, dropout=dropout, vocabulary=vocabulary)
    return BUILDERS["gpt"](GptConfig(**{"d_model": 8, "num_heads": 2, "num_layers": 2, **config}), shape)


def test_a_block_is_a_layer_of_torch_with_a_causal_mask() -> None:
    ours = GptBlock(8, 2, dropout=0.0)
    gelu = partial(functional.gelu, approximate="tanh")
    reference = nn.TransformerEncoderLayer(8, 2, 32, 0.0, gelu, batch_first=True, norm_first=True)
    names = {
        "self_attn.in_proj_": "attention.queries_keys_values.",
        "self_attn.out_proj.": "attention.output.",
        "linear1.": "feedforward.0.",
        "linear2.": "feedforward.2.",
        "norm1.": "attention_norm.",
        "norm2.": "feedforward_norm.",
    }
    weights = ours.state_dict()
    reference.load_state_dict(
        {theirs + part: weights[mine + part] for theirs, mine in names.items() for part in ("weight", "bias")}
    )
    x = torch.randn(3, 5, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    torch.testing.assert_close(ours(x), reference(x, src_mask=mask, is_causal=True))


@pytest.mark.parametrize(
    ("d_model", "num_heads", "num_layers", "parameters"), [(768, 12, 12, 124_439_808), (1_600, 25, 48, 1_557_611_200)]
)
def test_it_has_the_sizes_of_the_paper(d_model: int, num_heads: int, num_layers: int, parameters: int) -> None:
    with torch.device("meta"):
        model = built(vocabulary=50_257, context=1_024, d_model=d_model, num_heads=num_heads, num_layers=num_layers)
    assert parameters_of(model) == parameters


def test_what_comes_after_a_token_does_not_change_its_logits() -> None:
    model = built().eval()
    together = model(IDS)
    assert together.shape == (2, 5, 50)
    for tokens in range(1, 6):
        torch.testing.assert_close(model(IDS[:, :tokens]), together[:, :tokens])


def test_first_weights_have_the_deviations_of_the_paper() -> None:
    model = built(d_model=256, num_heads=4, num_layers=8)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.any()
        elif "norm" not in name:
            ends_part = name.endswith(("attention.output.weight", "feedforward.2.weight"))
            expected = 0.02 / 4 if ends_part else 0.02
            assert parameter.std().item() == pytest.approx(expected, rel=0.1), name


def test_inputs_and_outputs_share_the_tokens_vectors() -> None:
    model = built().eval()
    hidden = {}
    model.get_submodule("norm").register_forward_hook(lambda _, __, output: hidden.update(last=output))
    logits = model(IDS)
    torch.testing.assert_close(logits, hidden["last"] @ model.get_parameter("embedding.weight").T)


def test_every_parameter_of_a_gpt_learns() -> None:
    model = built()
    model(IDS).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name


def test_dropout_of_a_gpt_acts_in_training_alone() -> None:
    model = built(dropout=0.5)
    assert not torch.equal(model.train()(IDS), model(IDS))
    assert torch.equal(model.eval()(IDS), model(IDS))
