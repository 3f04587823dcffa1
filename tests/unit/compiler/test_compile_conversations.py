"""Conversations in the forms that people have them, and what is wrong with a turn."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, array, compile_file
from trainyard.datasets import previews
from trainyard_engine.modalities.text.conversations import Conversation
from trainyard_spec.datasets import ConversationProfile
from trainyard_spec.tasks import Task

CHAT, PREFERENCE = Task.INSTRUCTION_TUNING, Task.PREFERENCE_TUNING
ASKED = [{"role": "user", "content": "Where is Oslo?"}]
SAID = [{"role": "assistant", "content": "In Norway."}]
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"city": "Oslo"}'}}
TOOLS = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def first_of(path: Path) -> Conversation:
    return Conversation.from_json(stored_texts(path.parent / "compiled")[0])


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [*ASKED, *SAID]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Where is Oslo?"}]}, *SAID]},
        {"instruction": "Where is Oslo?", "input": "", "output": "In Norway."},
        {"conversations": [{"from": "human", "value": "Where is Oslo?"}, {"from": "gpt", "value": "In Norway."}]},
        {"conversations": [*ASKED, *SAID]},
        {"instruction": "Where is Oslo?", "context": "", "response": "In Norway.", "category": "open_qa"},
        {"question": "Where is Oslo?", "answer": "In Norway."},
        {"prompt": "Where is Oslo?", "completion": "In Norway."},
        {"prompt": ASKED, "completion": SAID},
    ],
    ids=["messages", "parts", "alpaca", "sharegpt", "roles", "dolly", "gsm8k", "prompt", "prompts"],
)
@pytest.mark.parametrize("is_array", [False, True])
def test_every_form_becomes_the_same_conversation(tmp_path: Path, row: dict[str, Any], is_array: bool) -> None:
    source = lines(tmp_path / "a.jsonl", [json.dumps([row] * 12)] if is_array else [row] * 12)
    dataset = accepted(source, CHAT)
    assert dataset.rows == 12
    assert first_of(source).messages == (*ASKED, *SAID)
    assert isinstance(dataset.profile, ConversationProfile)
    # 14 and 10 bytes at four a token, and four for each message.
    assert (dataset.profile.tokens, dataset.profile.trained_tokens) == (12 * (4 + 4 + 3 + 4), 12 * (3 + 4))
    shown = json.loads(previews.build(dataset, tmp_path / "compiled"))["rows"][0]
    assert shown == {"messages": "user: Where is Oslo?\nassistant: In Norway."}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Where is Oslo?", "chosen": "In Norway.", "rejected": "No."},
        {"prompt": ASKED, "chosen": SAID, "rejected": [{"role": "assistant", "content": "No."}]},
        {"chosen": [*ASKED, *SAID], "rejected": [*ASKED, {"role": "assistant", "content": "No."}]},
        {
            "input": {"messages": ASKED},
            "preferred_output": SAID,
            "non_preferred_output": [{"role": "assistant", "content": "No."}],
        },
    ],
    ids=["texts", "messages", "whole", "openai"],
)
def test_pairs_have_one_question_and_two_answers(tmp_path: Path, row: dict[str, Any]) -> None:
    source = lines(tmp_path / "a.jsonl", [row] * 12)
    dataset = accepted(source, PREFERENCE)
    found = first_of(source)
    assert (found.messages, found.chosen) == (tuple(ASKED), tuple(SAID))
    assert found.rejected[0]["content"] == "No."
    assert dataset.profile.form == "pairs"  # type: ignore[union-attr]


def test_a_tool_is_called_and_answers(tmp_path: Path) -> None:
    turns = [
        *ASKED,
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "59.9 N"},
        *SAID,
    ]
    source = lines(tmp_path / "a.jsonl", [{"messages": turns, "tools": TOOLS}] * 12)
    assert accepted(source, CHAT).profile.with_tools == 12  # type: ignore[union-attr]
    found = first_of(source)
    assert found.messages[1]["tool_calls"][0]["function"]["arguments"] == {"city": "Oslo"}
    assert found.tools == tuple(TOOLS)


@pytest.mark.parametrize(
    ("turns", "place", "said"),
    [
        ([*ASKED, *ASKED, *SAID], "messages.1", "follows one of the user"),
        ([*ASKED, *SAID, *SAID], "messages.2", "follows one of the assistant"),
        ([*SAID], "messages.0", "begins with the user"),
        ([*ASKED, {"role": "system", "content": "Be brief."}, *SAID], "messages.1", "stands first"),
        ([*ASKED, {"role": "tool", "content": "x"}, *SAID], "messages.1", "tool_calls"),
        (
            [*ASKED, {"role": "assistant", "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "c2"}, *SAID],
            "messages.2",
            "no call before it has the id 'c2'",
        ),
        ([*ASKED, *SAID, *ASKED], "messages.2", "last message is not the assistant's"),
    ],
)
def test_a_turn_out_of_order_is_named_by_line_and_number(
    tmp_path: Path, turns: list[dict[str, Any]], place: str, said: str
) -> None:
    rows = [{"messages": [*ASKED, *SAID]}] * 12
    source = lines(tmp_path / "a.jsonl", [*rows[:6], "", {"messages": turns}, *rows])
    problems = compile_file(source, CHAT).problems
    assert {problem.code for problem in problems} == {"role_out_of_order"}
    assert (problems[0].row, problems[0].column) == (7, place)
    assert problems[0].message.startswith("Line 8: ")
    assert any(said in problem.message for problem in problems)


def test_conversations_are_for_the_task_that_learns_from_them(tmp_path: Path) -> None:
    source = lines(tmp_path / "a.jsonl", [{"messages": [*ASKED, *SAID]}] * 12)
    [*_, problem] = compile_file(source, PREFERENCE).problems
    assert problem.code == "unknown_conversation"
    assert "It is for the task instruction_tuning." in problem.message


def test_rows_say_which_part_they_belong_to(tmp_path: Path) -> None:
    rows = [{"messages": [*ASKED, *SAID], "part": part} for part in ["train"] * 8 + ["validation"] * 2 + ["test"] * 2]
    dataset = accepted(lines(tmp_path / "a.jsonl", rows), CHAT, split="part")
    assert dataset.given_rows == (8, 2, 2)
    assert array(tmp_path / "a.jsonl", "split_split").tolist() == [0.0] * 8 + [1.0] * 2 + [2.0] * 2
    rows[3]["part"] = "elsewhere"
    (tmp_path / "more").mkdir()
    source = lines(tmp_path / "more" / "a.jsonl", rows)
    [problem] = compile_file(source, CHAT, split="part").problems
    assert (problem.code, problem.row, problem.column) == ("split_unreadable", 4, "part")


def test_longer_conversations_are_counted(tmp_path: Path) -> None:
    long = {"messages": [*ASKED, {"role": "assistant", "content": "word " * 1_000}]}
    profile = accepted(lines(tmp_path / "a.jsonl", [{"messages": [*ASKED, *SAID]}] * 12 + [long]), CHAT).profile
    assert profile.longer_than == {"512": 1, "1024": 1}  # type: ignore[union-attr]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_questions_and_answers_is_read_as_lines_are(tmp_path: Path, suffix: str) -> None:
    rows = [{"id": n, "question": f"What is {n} + 1?", "answer": f"It is {n + 1}."} for n in range(12)]
    write = uploads.write_csv if suffix == "csv" else uploads.write_parquet

    dataset = accepted(source := write(tmp_path / f"a.{suffix}", rows), CHAT)

    assert dataset.rows == 12
    assert isinstance(dataset.profile, ConversationProfile)
    assert dataset.profile.form == "prompt_completion"
    assert [message["content"] for message in first_of(source).messages] == ["What is 0 + 1?", "It is 1."]


def message(name: str, parent: str | None, role: str, **more: Any) -> dict[str, Any]:
    return {"message_id": name, "parent_id": parent, "role": role, "text": f"{name}!", "lang": "en", **more}


def tree(n: int) -> list[dict[str, Any]]:
    """Two answers, of which the second is better and is asked about; its best answer was deleted."""
    return [
        message(f"{n}", None, "prompter"),
        message(f"{n}a", f"{n}", "assistant", rank=1),
        message(f"{n}b", f"{n}", "assistant", rank=0),
        message(f"{n}bq", f"{n}b", "prompter"),
        message(f"{n}bqa", f"{n}bq", "assistant", rank=1),
        message(f"{n}bqb", f"{n}bq", "assistant", rank=0, deleted=True),
        message(f"{n}bqaq", f"{n}bqa", "prompter"),
    ]


def nested(messages: list[dict[str, Any]], name: str) -> dict[str, Any]:
    root = next(message for message in messages if message["message_id"] == name)
    return {**root, "replies": [nested(messages, m["message_id"]) for m in messages if m["parent_id"] == name]}


@pytest.mark.parametrize("layout", ["nested", "rows", "parquet", "csv"])
def test_of_a_tree_of_messages_the_thread_that_was_ranked_best_is_learnt(tmp_path: Path, layout: str) -> None:
    trees = [tree(n) for n in range(12)] + [[message("x", None, "prompter")]]
    rows = [row for messages in trees for row in messages]
    if layout == "nested":
        whole = [{"message_tree_id": m[0]["message_id"], "prompt": nested(m, m[0]["message_id"])} for m in trees]
        source = lines(tmp_path / "a.jsonl", whole)
    elif layout == "rows":
        source = lines(tmp_path / "a.jsonl", rows[::-1])
    else:
        write = uploads.write_csv if layout == "csv" else uploads.write_parquet
        named = {"message_id": None, "parent_id": None, "role": None, "text": None, "rank": None, "deleted": None}
        source = write(tmp_path / f"a.{layout}", [named | row for row in rows])

    dataset = accepted(source, CHAT)

    (warning,) = dataset.warnings
    assert (dataset.rows, warning.message[:12]) == (12, "1 of 13 tree")
    said = [(turn["role"], turn["content"]) for turn in first_of(source).messages]
    name = said[0][1].rstrip("!")
    assert said == [
        ("user", f"{name}!"),
        ("assistant", f"{name}b!"),
        ("user", f"{name}bq!"),
        ("assistant", f"{name}bqa!"),
    ]


def test_texts_of_marked_turns_are_conversations_to_prefer_among(tmp_path: Path) -> None:
    asked = "\n\nHuman: Hi\n\nAssistant: Hello, you\n\nHuman: Say:\n\n1\n\nAssistant:"
    rows = [{"chosen": f"{asked} {n}", "rejected": f"{asked} no"} for n in range(12)]

    accepted(source := lines(tmp_path / "a.jsonl", rows), Task.PREFERENCE_TUNING)

    first = first_of(source)
    assert [turn["content"] for turn in first.messages] == ["Hi", "Hello, you", "Say:\n\n1"]
    assert (first.chosen[0]["content"], first.rejected[0]["content"]) == ("0", "no")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "### Human: Hi ### Assistant: Hello"}, "write them as messages"),
    ],
)
def test_forms_that_are_not_read_are_told_what_they_are(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    problems = compile_file(lines(tmp_path / "a.jsonl", [row] * 12), CHAT).problems

    assert (problems[0].code, said in problems[0].message) == ("unknown_conversation", True)
