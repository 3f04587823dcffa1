"""Graders of written answers: exact match, contains, regex, ROUGE-L, BLEU, edit similarity and JSON Schema."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trainyard_engine.tasks.speech_recognition.metrics import edit_distance
from trainyard_engine.tasks.translation.metrics import Bleu
from trainyard_spec.graders import AnyGrader, ContainsGrader, ExactMatchGrader, JsonSchemaGrader, RegexGrader
from trainyard_spec.json_schemas import validator_of

MOST_CHARACTERS = 4_000
"""Of each text whose distance is measured."""
CORPUS_WIDE = frozenset({"bleu"})
"""Graders that say nothing of one answer alone."""
WORD = re.compile(r"\w+")


def score(grader: AnyGrader, answers: Sequence[str], references: Sequence[str]) -> float:
    """From 0 to 1, over all ``answers``, at least one, with a reference each."""
    if grader.name == "bleu":
        bleu = Bleu()
        for answer, reference in zip(answers, references, strict=True):
            bleu.add(answer, reference)
        return bleu.result()
    grade = GRADES[grader.name]
    return float(np.mean([grade(grader, *pair) for pair in zip(answers, references, strict=True)]))


def rouge_l(answer: str, reference: str) -> float:
    """F1 of the longest common subsequence of words, in lower case (Lin, 2004)."""
    said, wanted = WORD.findall(answer.lower()), WORD.findall(reference.lower())
    common = longest_common_subsequence(said, wanted)
    return 2 * common / (len(said) + len(wanted)) if common else 0.0


def longest_common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of it."""
    row = [0] * (len(other) + 1)
    for item in one:
        before = 0
        for place, candidate in enumerate(other, start=1):
            before, row[place] = row[place], before + 1 if item == candidate else max(row[place], row[place - 1])
    return row[-1]


def text_similarity(answer: str, reference: str) -> float:
    """1 less the edit distance by characters, as a share of the longer text; of two empty ones 1."""
    one, other = answer.strip()[:MOST_CHARACTERS], reference.strip()[:MOST_CHARACTERS]
    longest = max(len(one), len(other))
    return 1 - edit_distance(one, other) / longest if longest else 1.0


def _exact(grader: ExactMatchGrader, answer: str, reference: str) -> float:
    one, other = answer.strip(), reference.strip()
    return float(one.lower() == other.lower() if grader.ignore_case else one == other)


def _contains(grader: ContainsGrader, answer: str, reference: str) -> float:
    wanted = reference.strip() if grader.text is None else grader.text
    return float(wanted.lower() in answer.lower() if grader.ignore_case else wanted in answer)


def _regex(grader: RegexGrader, answer: str, _reference: str) -> float:
    return float(re.search(grader.pattern, answer) is not None)


def _json_schema(grader: JsonSchemaGrader, answer: str, _reference: str) -> float:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return 0.0
    return float(validator_of(grader.json_schema).is_valid(value))


GRADES: dict[str, Callable[[Any, str, str], float]] = {
    "exact_match": _exact,
    "contains": _contains,
    "regex": _regex,
    "rouge_l": lambda _, answer, reference: rouge_l(answer, reference),
    "json_schema": _json_schema,
    "text_similarity": lambda _, answer, reference: text_similarity(answer, reference),
}
