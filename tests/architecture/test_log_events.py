"""Log events are named ``noun.verb_past`` in the control plane and in workers: a thing, and what happened to it."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.repository import ROOT, python_files

LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
EVENT = re.compile(r"[a-z][a-z_]*\.(?P<verb>[a-z_]+)")
IRREGULAR = frozenset({"lost", "swept", "written", "sent", "begun", "left", "given", "hung"})


def events() -> Iterator[tuple[str, list[str]]]:
    """Where something is logged, and the names of the event that are written there."""
    for path in python_files():
        if not str(path).startswith(("platform/", "workers/trainyard_worker/")):
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="logger" | "log"), attr=level), args=[first, *_]
                ) if level in LEVELS:
                    names = [part.value for part in ast.walk(first) if isinstance(part, ast.Constant)]
                    yield f"{path}:{node.lineno}", [name for name in names if isinstance(name, str)]


def test_every_event_is_a_noun_and_a_verb_in_the_past() -> None:
    found = dict(events())
    assert len(found) > 30, "the loggers are called otherwise now: mend this test"
    assert {where: names for where, names in found.items() if not names or not all(map(is_event, names))} == {}


def is_event(name: str) -> bool:
    parts = EVENT.fullmatch(name)
    words = parts["verb"].split("_") if parts else []
    return any(word.endswith("ed") or word in IRREGULAR for word in words)


def test_the_grammar_tells_events_from_other_names() -> None:
    assert is_event("job.state_changed")
    assert not any(map(is_event, ("job_moved", "worker.deaf", "Job.moved", "moved", "job.not_yet")))
