"""Tagging schemes (IOB1, IOB2, BIOES, BILOU), and the entities that tags mark, as seqeval's default mode finds them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trainyard_spec.tagged_texts import TagScheme

OUTSIDE = "O"
NAMED_TAG = re.compile(r"([BIESLU])-(.+)", re.DOTALL)
BARE_TAGS = frozenset("BIES")
BARE_TYPE = "_"
"""The type of entities whose tags name none, as seqeval calls it."""
PREFIXES = "OBIES"
BILOU = {"L": "E", "U": "S"}
"""Last and unit, and what BIOES calls them."""

Ids = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


class Entities(NamedTuple):
    """Each from token ``begin`` to before token ``end``, of the type of number ``kind``; all int64 (entities,)."""

    begin: Numbers
    end: Numbers
    kind: Numbers


@dataclass(frozen=True)
class TagSet:
    """Tags by their numbers; ``types`` are those of the entities that they mark, in order. ``is_plain``: none."""

    tags: tuple[str, ...]
    is_plain: bool = False
    types: tuple[str, ...] = field(init=False)
    _prefix: Numbers = field(init=False, repr=False)
    _type: Numbers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = [(OUTSIDE, tag) if self.is_plain else parted(tag) for tag in self.tags]
        types = tuple(sorted({kind for prefix, kind in parts if prefix != OUTSIDE}))
        places = {kind: place for place, kind in enumerate(types)}
        for name, value in {
            "types": types,
            "_prefix": np.array([PREFIXES.index(BILOU.get(prefix, prefix)) for prefix, _ in parts], dtype=np.int64),
            "_type": np.array([places.get(kind, -1) for _, kind in parts], dtype=np.int64),
        }.items():
            object.__setattr__(self, name, value)

    def continues(self, tags: Ids, first: Flags) -> Flags:
        """Which of ``tags`` go on with the entity of the tag before; ``first`` are those that begin a text.

        I- and E- do, behind B- and I- of the same type: the rules of conlleval and of seqeval's default mode.
        """
        prefix, kind = self._prefix[tags], self._type[tags]
        found = np.zeros(len(tags), dtype=np.bool_)
        inner = (prefix == PREFIXES.index("I")) | (prefix == PREFIXES.index("E"))
        opened = (prefix == PREFIXES.index("B")) | (prefix == PREFIXES.index("I"))
        found[1:] = inner[1:] & opened[:-1] & (kind[1:] == kind[:-1]) & ~first[1:]
        return found

    def entities(self, tags: Ids, first: Flags) -> Entities:
        """Entities in texts one after the other, int (tokens,); ``first`` are their first tokens, bool (tokens,)."""
        inside, goes_on = self._prefix[tags] > 0, self.continues(tags, first)
        begin = np.flatnonzero(inside & ~goes_on)
        end = np.flatnonzero(inside & ~np.append(goes_on[1:], False)) + 1
        return Entities(begin, end, self._type[tags[begin]])

    def strays(self, tags: Ids, first: Flags) -> Flags:
        """Which of ``tags`` are I- and begin an entity all the same."""
        found: Flags = (self._prefix[tags] == PREFIXES.index("I")) & ~self.continues(tags, first)
        return found

    def separators(self, tags: Ids, first: Flags) -> Flags:
        """Which of ``tags`` are B- behind an entity of the same type, where IOB1 has them and nowhere else."""
        prefix, kind = self._prefix[tags], self._type[tags]
        found = np.zeros(len(tags), dtype=np.bool_)
        begins = prefix == PREFIXES.index("B")
        found[1:] = begins[1:] & (prefix[:-1] > 0) & (kind[1:] == kind[:-1]) & ~first[1:]
        return found

    def begins(self, tags: Ids) -> Flags:
        """Which of ``tags`` are B-."""
        found: Flags = self._prefix[tags] == PREFIXES.index("B")
        return found


def parted(tag: str) -> tuple[str, str]:
    """The prefix of ``tag`` and the type of its entity; of a tag that marks none ``O`` and itself."""
    if found := NAMED_TAG.fullmatch(tag):
        return found[1], found[2]
    return (tag, BARE_TYPE) if tag in BARE_TAGS else (OUTSIDE, tag)


def scheme_of(tags: Sequence[str]) -> TagScheme:
    """How ``tags`` mark entities, as far as they tell by themselves; iob1 is told by their order alone."""
    marking = [tag for tag in tags if tag != OUTSIDE]
    named = [NAMED_TAG.fullmatch(tag) for tag in marking]
    if marking and all(named):
        prefixes = {found[1] for found in named if found}
    elif BARE_TAGS.issuperset(marking) and {"B", OUTSIDE} <= set(tags):
        prefixes = set(marking)
    else:
        return "plain"
    if prefixes & set("LU"):
        return "plain" if prefixes & set("ES") else "bilou"
    return "bioes" if prefixes & set("ES") else "iob2"


def as_bioes(tag: str) -> str:
    """``tag`` of BILOU as BIOES writes it."""
    found = NAMED_TAG.fullmatch(tag)
    return f"{BILOU.get(found[1], found[1])}-{found[2]}" if found else tag


def tag_order(tag: str) -> tuple[bool, str, int]:
    """Sorts tags: O first, then by type, and B- before I- of each."""
    prefix, kind = parted(tag)
    return tag != OUTSIDE, kind, PREFIXES.index(BILOU.get(prefix, prefix))
