"""The forms in which tagged texts are uploaded as JSON objects, told apart by their keys.

Tokens with their tags, as Hugging Face's data sets have them; a text with spans of characters, as spaCy, doccano and
Label Studio write them; and a sequence of letters, such as amino acids, with a letter for each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.text.tag_columns import TaggedText
from trainyard_engine.modalities.text.tags import OUTSIDE
from trainyard_engine.modalities.text.words import Span, words_of
from trainyard_spec.tagged_texts import TagForm

TOKENS, TAGS = ("tokens", "words"), ("tags", "ner_tags", "pos_tags", "labels")
SPANS = ("entities", "spans", "label", "labels")
LETTERS, LETTER_TAGS = ("sequence",), ("labels", "tags")


class MalformedTags(ValueError):
    """``place`` is the path of what is wrong in the row, such as ``entities.2``; the message is a sentence."""

    def __init__(self, code: ProblemCode, message: str, place: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.place = place


@dataclass(frozen=True, slots=True)
class ObjectForm:
    """How rows with one of the keys ``words`` and one of ``tags`` are read."""

    name: TagForm
    words: tuple[str, ...]
    tags: tuple[str, ...]
    read: Callable[[Any, Any, str, str], TaggedText]

    def keys_in(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        """The keys of words and tags that ``row`` has."""
        words, tags = (next((key for key in keys if key in row), None) for keys in (self.words, self.tags))
        return (words, tags) if words and tags else None


def form_of(row: Mapping[str, Any]) -> ObjectForm | None:
    """The first form whose keys ``row`` has."""
    return next((form for form in FORMS if form.keys_in(row)), None)


def read_object(form: ObjectForm, row: Mapping[str, Any]) -> TaggedText:
    """The words and tags of ``row``, which has the keys of ``form``. Raises ``MalformedTags``."""
    keys = form.keys_in(row)
    assert keys is not None  # noqa: S101  as ``form_of`` has found
    words, tags = keys
    return form.read(row[words], row[tags], words, tags)


def _tokens(tokens: Any, tags: Any, tokens_key: str, tags_key: str) -> TaggedText:
    words = _strings(tokens, tokens_key)
    is_numbered = isinstance(tags, list) and all(map(_is_whole, tags))  # as Hugging Face's ``ClassLabel`` leaves them
    found = [str(tag) for tag in tags] if is_numbered else _strings(tags, tags_key)
    _require_same(len(words), len(found), "tokens", "tags", tags_key)
    return TaggedText(words, _filled(words, found, tags_key), is_numbered=is_numbered)


def _letters(sequence: Any, labels: Any, sequence_key: str, labels_key: str) -> TaggedText:
    if not isinstance(sequence, str):
        raise MalformedTags(ProblemCode.MALFORMED_TAGS, f"{sequence_key} is no text of letters.", sequence_key)
    letters = sequence.strip()
    told = list(labels.strip()) if isinstance(labels, str) else _strings(labels, labels_key)
    _require_same(len(letters), len(told), "letters", "labels", labels_key)
    return TaggedText(list(letters), told if isinstance(labels, str) else _filled(letters, told, labels_key))


def _spans(text: Any, spans: Any, text_key: str, spans_key: str) -> TaggedText:
    if not isinstance(text, str):
        raise MalformedTags(ProblemCode.MALFORMED_TAGS, f"{text_key} is no text.", text_key)
    if not isinstance(spans, list):
        raise MalformedTags(ProblemCode.MALFORMED_TAGS, f"{spans_key} is no list of spans.", spans_key)
    words = words_of(text)
    tags, widened, owner = [OUTSIDE] * len(words), 0, [""] * len(words)
    found = {_span(span, len(text), f"{spans_key}.{place}"): f"{spans_key}.{place}" for place, span in enumerate(spans)}
    for (begin, end, label), place in sorted(found.items()):
        named = f"{begin}–{end} ({label})"
        covered = _covered(words, begin, end)
        if not covered:
            raise MalformedTags(ProblemCode.MALFORMED_TAGS, f"The span {named} holds no word.", place)
        if taken := next((owner[word] for word in covered if owner[word]), ""):
            message = f"The spans {taken} and {named} overlap, and a word has one tag. Keep one of them."
            raise MalformedTags(ProblemCode.SPANS_OVERLAP, message, place)
        for word in covered:
            tags[word], owner[word] = f"I-{label}", named
        tags[covered[0]] = f"B-{label}"
        widened += words[covered[0]][0] < begin or words[covered[-1]][1] > end
    return TaggedText([text[begin:end] for begin, end in words], tags, widened)


def _covered(words: Sequence[Span], begin: int, end: int) -> list[int]:
    """Which of ``words``, in their order, the characters from ``begin`` to before ``end`` touch."""
    # Words do not overlap, so that both their ends are sorted.
    first = bisect_right(words, begin, key=lambda word: word[1])
    return list(range(first, bisect_left(words, end, key=lambda word: word[0])))


def _span(span: Any, characters: int, place: str) -> tuple[int, int, str]:
    begin: Any = None
    end: Any = None
    label: Any = None
    if isinstance(span, Mapping):
        begin, end = span.get("start", span.get("start_offset")), span.get("end", span.get("end_offset"))
        label = span.get("label", span.get("labels", span.get("type")))
        label = label[0] if isinstance(label, list) and len(label) == 1 else label
    elif isinstance(span, list) and len(span) == 3:
        begin, end, label = span
    if not _is_whole(begin) or not _is_whole(end) or not isinstance(label, str) or not label.strip():
        message = "A span is an object with start, end and label, or a list of the three; start and end are characters."
        raise MalformedTags(ProblemCode.MALFORMED_TAGS, message, place)
    if not 0 <= begin < end <= characters:
        message = f"The span {begin}–{end} ({label}) lies outside the text, which has {characters:,} characters."
        if 0 <= end <= begin <= characters:
            message = f"The span {begin}–{end} ({label}) holds no character: its end is the first one behind it."
        raise MalformedTags(ProblemCode.SPAN_OUTSIDE_TEXT, message, place)
    return begin, end, label.strip()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _strings(value: Any, key: str) -> list[str]:
    if not isinstance(value, list):
        raise MalformedTags(ProblemCode.MALFORMED_TAGS, f"{key} is no list.", key)
    for place, each in enumerate(value):
        if not isinstance(each, str):
            message = f"{key} holds {each!r}, which is no text."
            raise MalformedTags(ProblemCode.MALFORMED_TAGS, message, f"{key}.{place}")
    return value


def _filled(words: Sequence[str], tags: Sequence[str], key: str) -> list[str]:
    """``tags`` without white space around them. Raises ``MalformedTags`` for one without anything else."""
    for place, tag in enumerate(tags):
        if not tag.strip():
            message = f"The tag of {words[place]!r} is empty. Write {OUTSIDE} for a token of no entity."
            raise MalformedTags(ProblemCode.MALFORMED_TAGS, message, f"{key}.{place}")
    return [tag.strip() for tag in tags]


def _require_same(words: int, tags: int, noun: str, told: str, place: str) -> None:
    if words != tags:
        message = f"There are {words:,} {noun} and {tags:,} {told}: each of the {noun} has one."
        raise MalformedTags(ProblemCode.TAG_COUNT_MISMATCH, message, place)


FORMS = (
    ObjectForm("tokens", TOKENS, TAGS, _tokens),
    ObjectForm("letters", LETTERS, LETTER_TAGS, _letters),
    ObjectForm("spans", ("text",), SPANS, _spans),
)
