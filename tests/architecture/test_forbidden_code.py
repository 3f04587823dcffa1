"""No code runs that data brought along, no shell reads what a user wrote, and no test waits by the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import python_files, syntax_tree

UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
UNSAFE_BUILTINS = {"eval", "exec"}
UNSAFE_CALLS = {("torch", "load"), ("torch", "save"), ("os", "system"), ("os", "popen"), ("yaml", "load")}
UNSAFE_ARGUMENTS = {"shell", "allow_pickle"}


def unsafe(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything in ``tree`` that unpickles, evaluates or hands text to a shell."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, a.name) for a in names if a.name.split(".")[0] in UNSAFE_MODULES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in UNSAFE_MODULES:
                yield node.lineno, module
            case ast.Call(func=ast.Name(id=name)) if name in UNSAFE_BUILTINS:
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if (owner, name) in UNSAFE_CALLS:
                yield node.lineno, f"{owner}.{name}"
        if isinstance(node, ast.keyword) and node.arg in UNSAFE_ARGUMENTS and not is_false(node.value):
            yield node.lineno, f"{node.arg}="


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def sleeps(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if name == "sleep" or (name == "wait" and ast.unparse(node.func).endswith("Event().wait")):
                yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import a, joblib.memory",
        "eval('1')",
        "torch.load(f)",
        "subprocess.run(c, shell=True)",
        "np.load(f, allow_pickle=flag)",
    ],
)
def test_the_check_sees(source: str) -> None:
    assert list(unsafe(ast.parse(source)))


@pytest.mark.parametrize("source", ["model.eval()", "np.load(f, allow_pickle=False)", "subprocess.run(['ls'])"])
def test_the_check_leaves_alone(source: str) -> None:
    assert not list(unsafe(ast.parse(source)))


def test_nothing_unpickles_evaluates_or_uses_a_shell() -> None:
    assert [(str(path), *found) for path in python_files() for found in unsafe(syntax_tree(path))] == []


@pytest.mark.parametrize("source", ["time.sleep(1)", "sleep(1)", "Event().wait(1)", "threading.Event().wait(1)"])
def test_a_sleep_is_seen(source: str) -> None:
    assert list(sleeps(ast.parse(source)))


def test_no_test_sleeps_where_it_could_wait_for_a_condition() -> None:
    tests = (path for path in python_files() if path.is_relative_to(Path("tests")))
    assert [(str(path), line) for path in tests for line in sleeps(syntax_tree(path))] == []
