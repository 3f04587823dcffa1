"""One name, one class: whoever greps for a class finds one, not several that have nothing in common."""

import ast
from collections import defaultdict

from repository import python_files, syntax_tree

ROOTS = ("platform", "workers", "contracts")
FRAMEWORKS = {"Command", "DatabaseWrapper"}
"""Django finds these by their name in a module of its choosing."""
SHARED_NOUNS = {"Checkpoint", "Dataset", "Prediction", "TrainingRun"}
"""One thing, as a row of the control plane, and as the engine or the contract has it."""


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path in python_files():
        if path.parts[0] in ROOTS:
            for node in syntax_tree(path).body:
                # A view is named by its address, of which each interface has its own.
                if isinstance(node, ast.ClassDef) and not node.name.endswith("View"):
                    places[node.name].append(str(path))
    allowed = FRAMEWORKS | SHARED_NOUNS
    assert {name: files for name, files in places.items() if len(files) > 1 and name not in allowed} == {}
