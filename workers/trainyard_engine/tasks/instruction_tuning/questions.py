"""Questions to a model that answers in conversations, and its answers."""

from typing import Any

from pydantic import Field, ValidationError

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.modalities.inputs import bad_input, check_unicode
from trainyard_engine.modalities.text.chat_checks import ROLES
from trainyard_engine.modalities.text.chat_forms import NotAConversation, turns_of
from trainyard_engine.tasks.shared.language_models import chat_tokenizer, generated
from trainyard_spec.base import ContractModel
from trainyard_spec.splits import Seed


class Question(ContractModel):
    """A conversation to answer: ``messages`` as in training, the last of them the user's or a tool's."""

    messages: list[dict[str, Any]] = Field(min_length=1, max_length=10_000)
    tools: list[dict[str, Any]] = Field(default=[], max_length=128)
    max_tokens: int = Field(default=256, ge=1, le=4_096)
    temperature: float = Field(default=0.0, ge=0, le=100)
    seed: Seed = 0


def answers_to(model: LoadedModel, inputs: list[Any]) -> list[dict[str, Any]]:
    """``{"text"}`` for each input. Raises ``EngineFault`` for one that cannot be read."""
    chat = chat_tokenizer(model.preprocessing)
    answers = []
    for question in [question_of(value, index) for index, value in enumerate(inputs)]:
        prompt = chat.prompt(question.messages, question.tools)
        (ids,) = generated(
            model,
            [prompt],
            max_new_tokens=question.max_tokens,
            temperature=question.temperature,
            seed=question.seed,
        )
        answers.append({"text": chat.decode(ids)})
    return answers


def question_of(value: Any, index: int) -> Question:
    """A text is what the user says. Raises ``EngineFault`` for what is no conversation."""
    asked = {"messages": [{"role": "user", "content": value}]} if isinstance(value, str) else value
    try:
        question = Question.model_validate(asked)
        turns = turns_of(question.messages, "messages")
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else None
        what = f"has a {name} that does not fit" if name else "is neither a text nor an object with messages"
        raise bad_input(index, f"{what}: {first['msg'].lower()}", column=name) from error
    except NotAConversation as error:
        raise bad_input(index, f"has messages that cannot be read: {error.place} {error}", column="messages") from error
    for turn in turns:
        if turn["role"] not in ROLES:
            raise bad_input(index, f"has a message of the role {turn['role'][:40]!r}", column="messages")
        check_unicode(turn["content"], index)
    return question.model_copy(update={"messages": list(turns)})
