"""Files and functions stay short enough to be read in one go."""

import ast

from repository import ROOT, python_files, syntax_tree

LINES_IN_A_FILE = 300
LINES_IN_A_FUNCTION = 39


def test_files_are_short() -> None:
    lengths = {str(path): (ROOT / path).read_text().count("\n") for path in python_files()}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_IN_A_FILE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files()
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LINES_IN_A_FUNCTION} == {}
