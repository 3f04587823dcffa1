"""Facts about the data that an architecture is built for."""

from dataclasses import dataclass

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_spec.architectures.vit import VitStem


@dataclass(frozen=True, slots=True)
class BuildContext:
    """``input_shape`` is (channels, height, width), (features,), of texts (most tokens,), of series
    (most steps, channels) or of recordings (mel bins,); ``outputs`` the number of classes, of steps to forecast, of
    characters with the blank, or 1; ``vocabulary`` the number of different tokens, 0 where there are none.
    ``per_frame``: there are outputs for every frame, or token, not one set for all. ``users`` and ``items`` are those
    met in training; ``base`` is what a pretrained network starts from, with its pooler or, as a rule, without.
    ``unmet_tokens`` are ids that no training text holds, ``unwritten_tokens`` those that nothing which is learnt to be
    written holds. ``longest`` is the length of the longest training example, 0 where it is not known.
    ``patch_size`` is the side of what images are cut into and ``stem`` how they are read, where that is known before
    the architecture is asked.
    ``has_head``: outputs are told by a layer of their own, and are not what the body says of an example.
    ``token_weights`` are, by id, how much tokens tell of a text that is a set of them, empty for a sequence of tokens.
    ``has_own_base``: what adapters are trained on are the weights of the model that ``base`` is of, which has them
    added once it is finished. ``padding`` is a pretrained vocabulary's own id of it, which stands exchanged with 0 in
    what a network is given.
    """

    input_shape: tuple[int, ...]
    outputs: int
    dropout: float
    vocabulary: int = 0
    per_frame: bool = False
    users: int = 0
    items: int = 0
    base: PretrainedBackbone | None = None
    has_pooler: bool = False
    unmet_tokens: tuple[int, ...] = ()
    unwritten_tokens: tuple[int, ...] = ()
    longest: int = 0
    patch_size: int | None = None
    stem: VitStem | None = None
    has_head: bool = True
    token_weights: tuple[float, ...] = ()
    padding: int = 0
    has_own_base: bool = False
