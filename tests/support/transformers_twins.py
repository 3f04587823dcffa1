"""Networks of ``transformers`` with the weights of the engine's own, to be held against them."""

from typing import Any

import torch
from torch import Tensor, nn

from trainyard_engine.modalities.text.tokenizer import END
from trainyard_engine.models.gpt import Gpt
from trainyard_engine.models.seq2seq import TransformerSeq2seq


def draw_varied(network: nn.Module) -> None:
    """Weights with which it does not write one token all along: layers say more than the token that they read."""
    torch.manual_seed(5)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "norm" not in name:
                parameter.normal_(std=0.4 if name in ("embedding.weight", "positions") else 1.0)


def as_gpt2(network: Gpt) -> Any:
    """GPT-2 of ``transformers`` with the weights of ``network``."""
    from transformers import GPT2Config, GPT2LMHeadModel

    ours = network.state_dict()
    vocabulary, width = ours["embedding.weight"].shape
    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=len(network.positions),
        n_embd=width,
        n_layer=len(network.blocks),
        n_head=2,
        bos_token_id=END,
        eos_token_id=END,
        pad_token_id=0,
    )
    theirs = GPT2LMHeadModel(config).eval()
    names = {"wte.": "embedding.", "wpe.weight": "positions", "ln_f.": "norm."}
    parts = {
        "ln_1.": "attention_norm.",
        "attn.c_attn.": "attention.queries_keys_values.",
        "attn.c_proj.": "attention.output.",
        "ln_2.": "feedforward_norm.",
        "mlp.c_fc.": "feedforward.0.",
        "mlp.c_proj.": "feedforward.2.",
    }
    for block in range(len(network.blocks)):
        names |= {f"h.{block}.{a}": f"blocks.{block}.{b}" for a, b in parts.items()}
    with torch.no_grad():
        for name, parameter in theirs.transformer.named_parameters():
            prefix = next(prefix for prefix in names if name.startswith(prefix))
            stored = ours[name.replace(prefix, names[prefix])]
            # Its dense layers are stored as (inputs, outputs).
            is_dense = name.endswith("weight") and ("attn.c" in name or "mlp.c" in name)
            parameter.copy_(stored.T if is_dense else stored)
    return theirs


SIDES = ("encoder", "decoder")


def as_m2m_100(network: TransformerSeq2seq, vocabulary: int) -> Any:
    """M2M-100 of ``transformers`` with the weights of ``network``: it, too, is normalized before each part."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    ours = network.state_dict()
    width, layers = network.embedding.embedding_dim, len(network.encoder)
    sizes = {f"{side}_{name}": value for side in SIDES for name, value in (
        ("layers", layers), ("attention_heads", 4), ("ffn_dim", 4 * width), ("layerdrop", 0.0)
    )}  # fmt: skip
    config = M2M100Config(
        vocab_size=vocabulary,
        d_model=width,
        max_position_embeddings=len(network.positions),
        scale_embedding=True,
        activation_function="relu",
        pad_token_id=0,
        bos_token_id=END,
        eos_token_id=END,
        decoder_start_token_id=END,
        **sizes,
    )
    theirs = M2M100ForConditionalGeneration(config).eval()
    found = {"model.shared.weight": ours["embedding.weight"]}
    for side in SIDES:
        for kind in ("weight", "bias"):
            found[f"model.{side}.layer_norm.{kind}"] = ours[f"{side}_norm.{kind}"]
            for layer in range(layers):
                found |= _m2m_layer(ours, side, layer, kind)
    missing, unexpected = theirs.load_state_dict(found, strict=False)
    assert not unexpected
    assert {name.rpartition(".")[0] for name in missing} <= {
        "lm_head",
        "model.encoder.embed_tokens",
        "model.decoder.embed_tokens",
    }
    for side in (theirs.model.encoder, theirs.model.decoder):
        # Its places count from the one behind padding's, and its waves are in another order.
        side.embed_positions.weights[1 : 1 + len(network.positions)] = network.positions
    return theirs


def _m2m_layer(ours: dict[str, Tensor], side: str, layer: int, kind: str) -> dict[str, Tensor]:
    """The weights, or biases, of a layer by the names of ``transformers``."""
    own, their = f"{side}.{layer}.", f"model.{side}.layers.{layer}."
    names = {
        "self_attn.out_proj": "attention.output",
        "self_attn_layer_norm": "attention_norm",
        "fc1": "feedforward.0",
        "fc2": "feedforward.3",
        "final_layer_norm": "feedforward_norm",
    }
    found = {f"{their}{theirs}.{kind}": ours[f"{own}{name}.{kind}"] for theirs, name in names.items()}
    parts = zip("qkv", ours[f"{own}attention.queries_keys_values.{kind}"].chunk(3), strict=True)
    found |= {f"{their}self_attn.{part}_proj.{kind}": tensor for part, tensor in parts}
    if side == "decoder":
        keys, values = ours[f"{own}reading.keys_values.{kind}"].chunk(2)
        found |= {
            f"{their}encoder_attn.q_proj.{kind}": ours[f"{own}reading.queries.{kind}"],
            f"{their}encoder_attn.k_proj.{kind}": keys,
            f"{their}encoder_attn.v_proj.{kind}": values,
            f"{their}encoder_attn.out_proj.{kind}": ours[f"{own}reading.output.{kind}"],
            f"{their}encoder_attn_layer_norm.{kind}": ours[f"{own}reading_norm.{kind}"],
        }
    return found
