"""Encoder and decoder: torch's own layers, and nothing seen ahead."""

import pytest
import torch
from torch import Tensor, nn

from trainyard_engine.modalities.text.parallel_corpus import Pair
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.seq2seq import DecoderLayer, EncoderOutput, LstmSeq2seq, Seq2seq
from trainyard_spec.architectures.seq2seq import Seq2seqConfig
from trainyard_spec.architectures.transformer import TransformerConfig

SOURCE = torch.tensor([[5, 6, 7, 8, 9], [3, 4, 0, 0, 0]], dtype=torch.int32)
GIVEN = torch.tensor([[2, 5, 6, 7], [2, 3, 2, 0]], dtype=torch.int32)
both = pytest.mark.parametrize("variant", ["transformer", "lstm"])


def built(variant: str, *, dropout: float = 0.0) -> Seq2seq:
    context = BuildContext(input_shape=(8,), outputs=50, dropout=dropout, vocabulary=50)
    network = BUILDERS["seq2seq"](Seq2seqConfig.model_validate({"variant": variant, "d_model": 8}), context)
    assert isinstance(network, Seq2seq)
    return network


def test_a_decoder_layer_is_that_of_torch() -> None:
    config = TransformerConfig(width=8, heads=2, feedforward=32)
    ours = DecoderLayer(config, dropout=0.0)
    reference = nn.TransformerDecoderLayer(8, 2, 32, 0.0, batch_first=True, norm_first=True)
    weights, theirs = ours.state_dict(), reference.state_dict()
    names = {
        "self_attn.in_proj_": ("attention.queries_keys_values.",),
        "self_attn.out_proj.": ("attention.output.",),
        "multihead_attn.in_proj_": ("reading.queries.", "reading.keys_values."),
        "multihead_attn.out_proj.": ("reading.output.",),
        "linear1.": ("feedforward.0.",),
        "linear2.": ("feedforward.3.",),
        "norm1.": ("attention_norm.",),
        "norm2.": ("reading_norm.",),
        "norm3.": ("feedforward_norm.",),
    }
    found = {a + kind: torch.cat([weights[b + kind] for b in ours]) for a, ours in names.items() for kind in KINDS}
    assert found.keys() == theirs.keys()
    reference.load_state_dict(found)
    x, places = torch.randn(2, 4, 8), torch.randn(2, 5, 8)
    mask = SOURCE != 0
    causal = nn.Transformer.generate_square_subsequent_mask(4)
    expected = reference(x, places, tgt_mask=causal, tgt_is_causal=True, memory_key_padding_mask=~mask)
    torch.testing.assert_close(ours(x, EncoderOutput(places, mask)), expected)


KINDS = ("weight", "bias")


def test_the_lstm_attends_as_the_paper_says() -> None:
    """Equations 5, 7 and 8 of Luong et al., word by word."""
    model = built("lstm").eval()
    assert isinstance(model, LstmSeq2seq)
    encoded = model.encode(SOURCE)
    hidden: dict[str, Tensor] = {}
    model.decoder[-1].register_forward_hook(lambda _, __, output: hidden.update(h=output[0]))
    written = model.decode(encoded, GIVEN)
    text, token = 1, 2
    h, places = hidden["h"][text, token], encoded.places[text, :2]
    scores = torch.stack([h @ (model.score.weight @ place) for place in places])
    context = (scores.softmax(0)[:, None] * places).sum(0)
    expected = torch.tanh(model.combine.weight @ torch.cat((context, h)))
    torch.testing.assert_close(written[text, token], expected)


@both
def test_what_comes_after_a_token_does_not_change_its_logits_in_a_decoder(variant: str) -> None:
    model = built(variant).eval()
    together = model(Pair(SOURCE, GIVEN))
    assert together.shape == (2, 4, 50)
    for tokens in range(1, 5):
        torch.testing.assert_close(model(Pair(SOURCE, GIVEN[:, :tokens])), together[:, :tokens])


@both
def test_padding_of_the_text_changes_nothing_and_each_token_of_it_something(variant: str) -> None:
    model = built(variant).eval()
    alone = model(Pair(SOURCE[1:, :2], GIVEN[1:]))
    torch.testing.assert_close(model(Pair(SOURCE, GIVEN))[1:], alone)
    for place in range(2):
        other = SOURCE[1:, :2].clone()
        other[0, place] = 7
        assert not torch.allclose(model(Pair(other, GIVEN[1:])), alone)


@both
def test_rows_of_what_was_read_stand_for_themselves(variant: str) -> None:
    model = built(variant).eval()
    last = model.decode(model.encode(SOURCE).of(torch.tensor([1])), GIVEN[1:])
    torch.testing.assert_close(last, model.decode(model.encode(SOURCE), GIVEN)[1:])


@both
def test_every_parameter_of_a_translator_learns(variant: str) -> None:
    model = built(variant)
    model(Pair(SOURCE, GIVEN)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name


@both
def test_dropout_of_a_translator_acts_in_training_alone(variant: str) -> None:
    model, pair = built(variant, dropout=0.5), Pair(SOURCE, GIVEN)
    assert not torch.equal(model.train()(pair), model(pair))
    assert torch.equal(model.eval()(pair), model(pair))
