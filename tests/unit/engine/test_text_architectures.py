"""Networks of texts: what they compute is what torch's own layers or NumPy compute, and padding changes nothing."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.layers.attention import SelfAttention
from trainyard_engine.models.layers.tokens import AttentionPooling, is_token, mean_over, token_embedding
from trainyard_engine.models.transformer import EncoderLayer, sinusoids
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.architectures.transformer import TransformerConfig

TEXTS = BuildContext(input_shape=(20,), outputs=3, dropout=0.0, vocabulary=50)
IDS = torch.tensor([[5, 6, 7, 8, 9], [3, 4, 0, 0, 0], [1, 0, 0, 0, 0], [9, 9, 2, 7, 0]], dtype=torch.int32)
VARIANTS: list[dict[str, Any]] = [
    {"name": "text_pool", "embedding": 6, "hidden": [4]},
    {"name": "text_pool", "embedding": 6, "hidden": []},
    *(
        {"name": "rnn", "embedding": 4, "hidden": 3, "num_layers": 2, "cell": cell, "pooling": pooling}
        for cell in ("vanilla", "lstm", "gru")
        for pooling in ("last", "mean", "attention")
    ),
    {"name": "rnn", "embedding": 4, "hidden": 3, "bidirectional": False},
    *(
        {"name": "transformer", "d_model": 8, "num_heads": 2, "d_ff": 12, "norm": norm, "positions": positions}
        for norm in ("pre", "post")
        for positions in ("sinusoidal", "learned")
    ),
]


def built(architecture: dict[str, Any], context: BuildContext = TEXTS) -> nn.Module:
    torch.manual_seed(3)
    config = ARCHITECTURES[architecture["name"]].model_validate(architecture)
    return BUILDERS[architecture["name"]](config, context)


@pytest.mark.parametrize("architecture", VARIANTS, ids=lambda a: "-".join(map(str, a.values())))
def test_a_text_is_judged_the_same_alone_and_beside_longer_ones(architecture: dict[str, Any]) -> None:
    model = built(architecture).eval()
    together = model(IDS)
    assert together.shape == (4, 3)
    for row, ids in enumerate(IDS):
        alone = ids[is_token(ids)].unsqueeze(0)
        torch.testing.assert_close(model(alone)[0], together[row])


@pytest.mark.parametrize("architecture", VARIANTS, ids=lambda a: "-".join(map(str, a.values())))
def test_every_parameter_learns_and_padding_does_not(architecture: dict[str, Any]) -> None:
    model = built(architecture)
    model(IDS).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name
    embedding = model.get_submodule("embedding").weight
    assert isinstance(embedding, Tensor)
    assert not embedding[0].any()
    assert embedding.grad is not None
    assert not embedding.grad[0].any()


@pytest.mark.parametrize("architecture", VARIANTS, ids=lambda a: "-".join(map(str, a.values())))
def test_dropout_of_texts_acts_in_training_alone(architecture: dict[str, Any]) -> None:
    model = built(architecture, BuildContext(input_shape=(20,), outputs=3, dropout=0.5, vocabulary=50))
    assert not torch.equal(model.train()(IDS), model(IDS))
    assert torch.equal(model.eval()(IDS), model(IDS))


def test_text_pool_without_hidden_layers_is_linear_in_the_mean_embedding() -> None:
    model = built(VARIANTS[1])
    embedding, output = model.get_submodule("embedding"), model.get_submodule("head.1")
    for row, ids in enumerate(IDS):
        torch.testing.assert_close(model(IDS)[row], output(embedding(ids[ids != 0]).mean(dim=0)))


@pytest.mark.parametrize(("cell", "layer"), [("vanilla", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_stacked_layers_are_those_of_torch(cell: str, layer: type[nn.RNNBase]) -> None:
    model = built({"name": "rnn", "cell": cell, "embedding": 4, "hidden": 3, "num_layers": 3, "pooling": "mean"})
    reference = layer(4, 3, num_layers=3, bidirectional=True, batch_first=True)  # type: ignore[call-arg, arg-type]
    weights = {}
    for number in range(3):
        for name, value in model.get_submodule(f"layers.{number}").state_dict().items():
            weights[name.replace("_l0", f"_l{number}")] = value
    reference.load_state_dict(weights)
    for row, ids in enumerate(IDS):
        states, _ = reference(model.get_submodule("embedding")(ids[ids != 0]).unsqueeze(0))
        expected = model.get_submodule("output")(states[0].mean(dim=0))
        torch.testing.assert_close(model(IDS)[row], expected)


def test_the_last_state_is_the_end_of_each_direction() -> None:
    model = built({"name": "rnn", "embedding": 4, "hidden": 3, "cell": "gru"})
    layer, output = model.get_submodule("layers.0"), model.get_submodule("output")
    for row, ids in enumerate(IDS):
        states, _ = layer(model.get_submodule("embedding")(ids[ids != 0]).unsqueeze(0))
        ends = torch.cat((states[0, -1, :3], states[0, 0, 3:]))
        torch.testing.assert_close(model(IDS)[row], output(ends))


def test_attention_is_that_of_torch() -> None:
    ours, reference = SelfAttention(8, 2), nn.MultiheadAttention(8, 2, batch_first=True)
    reference.load_state_dict(
        {
            "in_proj_weight": ours.queries_keys_values.weight,
            "in_proj_bias": ours.queries_keys_values.bias,
            "out_proj.weight": ours.output.weight,
            "out_proj.bias": ours.output.bias,
        }
    )
    x, mask = torch.randn(4, 5, 8), is_token(IDS)
    expected, _ = reference(x, x, x, key_padding_mask=~mask)
    torch.testing.assert_close(ours(x, mask), expected)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_an_encoder_layer_is_that_of_torch(norm: str) -> None:
    config = TransformerConfig.model_validate({"d_model": 8, "num_heads": 2, "d_ff": 12, "norm": norm})
    ours = EncoderLayer(config, dropout=0.0)
    reference = nn.TransformerEncoderLayer(8, 2, 12, 0.0, "gelu", batch_first=True, norm_first=norm == "pre")
    names = {
        "self_attn.in_proj_": "attention.queries_keys_values.",
        "self_attn.out_proj.": "attention.output.",
        "linear1.": "feedforward.0.",
        "linear2.": "feedforward.3.",
        "norm1.": "attention_norm.",
        "norm2.": "feedforward_norm.",
    }
    weights = ours.state_dict()
    reference.load_state_dict(
        {theirs + part: weights[mine + part] for theirs, mine in names.items() for part in ("weight", "bias")}
    )
    x, mask = torch.randn(4, 5, 8), is_token(IDS)
    torch.testing.assert_close(ours(x, mask)[mask], reference(x, src_key_padding_mask=~mask)[mask])


def test_sinusoids_are_those_of_the_formula() -> None:
    expected = np.empty((7, 6))
    for place in range(7):
        for pair in range(3):
            angle = place / 10_000 ** (2 * pair / 6)
            expected[place, 2 * pair : 2 * pair + 2] = math.sin(angle), math.cos(angle)
    np.testing.assert_allclose(sinusoids(7, 6).numpy(), expected, rtol=1e-6, atol=1e-7)


def test_means_are_over_tokens_alone() -> None:
    values, mask = torch.randn(4, 5, 2, dtype=torch.float64), is_token(IDS)
    expected = [row.numpy()[keep.numpy()].mean(axis=0) for row, keep in zip(values, mask, strict=True)]
    np.testing.assert_allclose(mean_over(values, mask).numpy(), expected)


def test_attention_pooling_is_the_softmax_of_its_scores() -> None:
    pool = AttentionPooling(4).double()
    values, mask = torch.randn(4, 5, 4, dtype=torch.float64), is_token(IDS)
    first, last = pool.score[0], pool.score[2]
    weight, bias, query = (part.detach().numpy() for part in (first.weight, first.bias, last.weight[0]))
    for row in range(4):
        tokens = values[row][mask[row]].numpy()
        scores = np.exp(np.tanh(tokens @ weight.T + bias) @ query)
        np.testing.assert_allclose(pool(values, mask)[row].detach().numpy(), scores / scores.sum() @ tokens)


def test_embeddings_have_length_one_on_average() -> None:
    torch.manual_seed(1)
    lengths = token_embedding(4_000, 64).weight[1:].square().sum(dim=1)
    assert lengths.mean().item() == pytest.approx(1, rel=0.02)
