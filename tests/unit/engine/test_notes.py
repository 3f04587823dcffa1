"""What is said beside predictions stays bounded and with its input."""

from trainyard_engine.core.prediction_notes import LONGEST_QUOTE, Notes, quoted
from trainyard_spec.engine_protocol import MOST_WARNINGS, Prediction, PredictionWarningCode


def test_notes_stay_with_their_input_and_in_order() -> None:
    notes = Notes()
    notes.add(1, PredictionWarningCode.UNKNOWN_USER, "Nobody knows u.", column="user")
    notes.add(1, PredictionWarningCode.TRUNCATED, "It is long.")
    assert notes.of(0) == ()
    assert [(warning.code, warning.column) for warning in notes.of(1)] == [
        ("unknown_user", "user"), ("truncated", None),
    ]  # fmt: skip


def test_an_answer_never_has_more_warnings_than_the_contract_takes() -> None:
    notes = Notes()
    for place in range(MOST_WARNINGS + 5):
        notes.add(0, PredictionWarningCode.COLUMN_LEFT_OUT, f"Number {place}.", column=f"c{place}")
    kept = notes.of(0)
    assert [warning.column for warning in kept] == [f"c{place}" for place in range(MOST_WARNINGS)]
    Prediction.model_validate({"value": 1.0, "warnings": [warning.model_dump() for warning in kept]})


def test_a_quotation_is_cut() -> None:
    assert quoted("basic") == "basic"
    assert len(quoted("x" * 10_000)) == LONGEST_QUOTE + 1
