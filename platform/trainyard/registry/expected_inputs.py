"""Expected form of a prediction's inputs by kind of task, and the check of given ones."""

from typing import Any

from trainyard.core.errors import FieldError, InvalidInput
from trainyard.registry.generation import check_generation_inputs, writes
from trainyard.registry.models import Model
from trainyard_spec.tasks import InputKind, Task

MAX_INPUTS = 256
"""Of one prediction."""

EXPECTED: dict[InputKind, tuple[type | tuple[type, ...], str]] = {
    InputKind.OBJECT: (dict, "an object of column names and values"),
    InputKind.STEPS: (list, "a list of the steps of a series"),
    InputKind.TEXT: (str, "text"),
    InputKind.TEXT_OR_PAIR: ((str, dict), "text, nor an object of two texts, sentence1 and sentence2"),
    InputKind.TOKENS: ((str, dict), "text, nor an object with a list of tokens"),
    InputKind.BEGINNING: ((str, dict), "text, nor an object with a text"),
    InputKind.BASE64: (str, "base64 text of the file's bytes"),
}


def check_inputs(inputs: list[Any], model: Model) -> None:
    """Raises ``InvalidInput`` for too many, or none, and for the first that is not what ``model`` takes."""
    if not 1 <= len(inputs) <= MAX_INPUTS:
        raise _invalid("inputs", f"inputs must hold 1 to {MAX_INPUTS} entries, not {len(inputs)}.")
    if writes(model):
        check_generation_inputs(inputs)
        return
    kind, words = EXPECTED[Task(model.task).traits.input]
    for index, value in enumerate(inputs):
        if not isinstance(value, kind):
            raise _invalid(f"inputs.{index}", f"Input {index} is not {words}.")


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
