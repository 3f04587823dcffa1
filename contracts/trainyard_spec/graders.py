"""Graders: scores from 0 to 1 for generated answers, compared with the reference answers of the data."""

import json
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from trainyard_spec.base import ContractModel

MOST_CHARACTERS = 20_000
"""Of a JSON Schema as it is sent."""


class ExactMatchGrader(ContractModel):
    """Exact match: 1 if the answer equals the reference, ignoring white space at both ends, else 0."""

    name: Literal["exact_match"]
    ignore_case: bool = Field(default=False, description="Takes upper and lower case for the same.")


class ContainsGrader(ContractModel):
    """Containment: 1 if the answer contains ``text`` or, without one, the reference, else 0."""

    name: Literal["contains"]
    text: str | None = Field(default=None, max_length=1_000, description="Text to look for; the reference if none.")
    ignore_case: bool = Field(default=False, description="Takes upper and lower case for the same.")


class RegexGrader(ContractModel):
    """Regular expression: 1 if ``pattern`` matches anywhere in the answer, else 0."""

    name: Literal["regex"]
    pattern: str = Field(min_length=1, max_length=200, description="Regular expression, in Python's syntax.")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"it is no regular expression: {error}") from error
        return pattern


class RougeLGrader(ContractModel):
    """ROUGE-L (Lin, 2004): F1 of the longest common subsequence of lower-case words."""

    name: Literal["rouge_l"]


class BleuGrader(ContractModel):
    """Corpus BLEU (Papineni et al., 2002) over all answers."""

    name: Literal["bleu"]


class TextSimilarityGrader(ContractModel):
    """Text similarity: 1 minus the Levenshtein distance in characters divided by the length of the longer text."""

    name: Literal["text_similarity"]


class JsonSchemaGrader(ContractModel):
    """JSON Schema: 1 if the answer is one JSON value that ``json_schema`` allows, else 0.

    References to other documents are not followed.
    """

    name: Literal["json_schema"]
    json_schema: dict[str, Any] = Field(description="JSON Schema, of the draft 2020-12 unless it names another.")

    @field_validator("json_schema")
    @classmethod
    def _is_no_book(cls, schema: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(schema)) > MOST_CHARACTERS:
            raise ValueError(f"a schema has at most {MOST_CHARACTERS:,} characters")
        return schema


Grader = (
    ExactMatchGrader
    | ContainsGrader
    | RegexGrader
    | RougeLGrader
    | BleuGrader
    | TextSimilarityGrader
    | JsonSchemaGrader
)
AnyGrader = Annotated[Grader, Field(discriminator="name")]
GRADERS: tuple[str, ...] = tuple(get_args(kind.model_fields["name"].annotation)[0] for kind in get_args(Grader))
"""Names of their metrics, too; ``…/base`` is what the base model reaches."""
