"""What a model did not know of its inputs, in a shell: beside the answers, not among them."""

import json
from pathlib import Path
from typing import Any

from tests.support.answering import answering, run_trainyard

ANSWERS: list[dict[str, Any]] = [
    {"value": 1.0, "warnings": []},
    {"value": 2.0, "warnings": [{"code": "unknown_category", "message": "Never met [red]x[/red].", "column": "k"}]},
    {"value": 3.0},
]


def test_warnings_go_to_standard_error_and_answers_to_standard_output(tmp_path: Path) -> None:
    """What an input holds is no markup for the terminal."""
    inputs = tmp_path / "inputs.json"
    inputs.write_text(json.dumps({"inputs": [{}, {"k": "[red]x[/red]"}, {}]}))
    with answering({"/api/v1/models/mdl_1/predict": {"predictions": ANSWERS}}) as address:
        ended = run_trainyard(address, "models", "predict", "mdl_1", str(inputs))
    assert ended.returncode == 0
    assert json.loads(ended.stdout) == ANSWERS
    assert ended.stderr.splitlines() == ["Input 1: Never met [red]x[/red]."]
