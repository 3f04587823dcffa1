"""Names are compared as people see them, and guessed only where they are nearly right."""

import pytest

from trainyard_common.did_you_mean import near_name
from trainyard_spec.names import column_name, is_storable
from trainyard_spec.tasks import Task


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("segmentation", None),
        ("image_segmentation", None),
        ("regression", None),
        ("qwerty", None),
        ("image_clasification", "image_classification"),
        ("image-classification", "image_classification"),
        ("Recommendation", "recommendation"),
        ("recomendations", "recommendation"),
        ("", None),
    ],
)
def test_only_near_names_are_suggested(wrong: str, meant: str | None) -> None:
    assert near_name(wrong, list(Task)) == meant


def test_neighbours_that_are_swapped_are_one_mistake() -> None:
    assert near_name("pots", ["post", "topic"]) == "post"


@pytest.mark.parametrize("typed", ["Größe (cm)", "Gro\u0308ße  (cm) ", "\ufeffGröße\xa0(cm)", "Größe\n(cm)\u200b"])
def test_a_name_is_one_however_it_is_typed(typed: str) -> None:
    assert column_name(typed) == "Größe (cm)"


def test_signs_that_join_letters_are_kept() -> None:
    assert column_name("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize(("text", "storable"), [("a\0", False), ("\ud83d", False), ("😀", True), ("", True)])
def test_what_a_database_holds(text: str, storable: bool) -> None:
    assert is_storable(text) is storable
