"""Writes the client's types from the API's schema: ``python scripts/client_types.py``.

What a request may hold becomes a ``TypedDict``, and so does each kind of what is told apart by a field, such as the
profiles of datasets; all else that the service answers becomes an ``Answer``. Pages of lists are left out: the client
turns them.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.client_annotations import Annotations, Schemas, is_page  # noqa: E402  # found by the line above

PACKAGE = ROOT / "sdk" / "trainyard_client" / "types"
INDEXES = {"answers": False, "dictionaries": True}
"""Modules of names, and whether these are of dictionaries."""
MARK = "Written by ``scripts/client_types.py``."
LINES_OF_A_MODULE = 190
"""Without its imports."""
FIRST_PARTY = 'lint.isort.known-first-party = ["trainyard_client"]'
BEHAVIOUR = ("Job", "DatasetProblem")
"""Have a base in ``behaviour.py``."""
ENUMS, SPEC, BODIES, SHARED, PROFILES = "enums", "spec", "bodies", "shared", "profiles"
OPERATORS = "admin"
OPERATORS_BODIES = "admin_bodies"
HEADS = {
    ENUMS: "Values that fields are limited to.",
    "spec_architecture": "The ``architecture`` of a training spec, a dictionary for each.",
    "spec_augment": "What a training spec may ask for in ``training.augment``.",
    "spec_optimizer": "What a training spec may ask for as ``training.optimizer``.",
    "spec_schedule": "What a training spec may ask for as ``training.schedule``.",
    PROFILES: "What was found in a dataset, as dictionaries.",
    SPEC: "The training spec, as dictionaries.",
    BODIES: "Bodies of requests, as dictionaries.",
    OPERATORS_BODIES: "Bodies of operators' requests, as dictionaries.",
    SHARED: "Answers that are about several things.",
}
IMPORTS = {
    "datetime": "from datetime import datetime",
    "Decimal": "from decimal import Decimal",
    "Any": "from typing import Any",
    "Literal": "from typing import Literal",
    "NotRequired": "from typing import NotRequired",
    "TypedDict": "from typing import TypedDict",
    "Answer": "from trainyard_client.types.answer import Answer",
    **{f"{name}Behaviour": f"from trainyard_client.types.behaviour import {name}Behaviour" for name in BEHAVIOUR},
}


def main() -> None:
    """Writes every module anew, and deletes those that are needed no longer."""
    modules = render()
    for path in left_over(modules):
        path.unlink()
    for path, text in modules.items():
        path.write_text(text)


def left_over(modules: Collection[Path]) -> list[Path]:
    """Modules that were written before and are not among ``modules``."""
    return [path for path in PACKAGE.glob("*.py") if path not in modules and MARK in path.read_text()]


def render() -> dict[Path, str]:
    """The text of each generated module."""
    schemas = Schemas(json.loads((ROOT / "frontend" / "openapi.json").read_text()))
    annotations = Annotations(schemas)
    homes = _parted(_homes(schemas), annotations)
    found: dict[Path, str] = {}
    for module in dict.fromkeys(homes.values()):
        names = [name for name in schemas.in_order() if homes.get(name) == module]
        found[PACKAGE / f"{module}.py"] = _formatted(_module(module, names, annotations, homes))
    for index, dictionaries in INDEXES.items():
        of_index = {name: home for name, home in homes.items() if (name in schemas.dictionaries) == dictionaries}
        found[PACKAGE / f"{index}.py"] = _formatted(_index(of_index, annotations))
    return found


def _homes(schemas: Schemas) -> dict[str, str]:
    """The module of each schema that becomes a type. Those of one topic come before those that use them."""
    homes: dict[str, str] = {}
    for name in schemas.in_order():
        if is_page(schemas.all[name]) or schemas.same_as(name) != name:
            continue
        if schemas.is_enum(name):
            homes[name] = ENUMS
        elif name in schemas.dictionaries:
            homes[name] = _home_of_dictionary(name, schemas)
        else:
            # Operators see what customers see: what both do stands with the customers' answers.
            topics = schemas.topics[name] - {OPERATORS} or {OPERATORS}
            homes[name] = next(iter(topics)) if len(topics) == 1 else SHARED
    return homes


def _parted(homes: dict[str, str], annotations: Annotations) -> dict[str, str]:
    """The same, with modules that would be long continued in others: ``jobs``, ``jobs_2``."""
    lines: Counter[str] = Counter()
    parted: dict[str, str] = {}
    for name, home in homes.items():
        lines[home] += sum(line.count("\n") + 1 for line in annotations.definition(name, BEHAVIOUR)) + 2
        part = lines[home] // LINES_OF_A_MODULE + 1
        parted[name] = home if part == 1 else f"{home}_{part}"
    return parted


def _home_of_dictionary(name: str, schemas: Schemas) -> str:
    for section, members in schemas.sections.items():
        if name in members:
            return f"spec_{section}"
    if name in schemas.spec:
        return SPEC
    if name not in schemas.requests:
        return PROFILES
    return OPERATORS_BODIES if name in schemas.requests_of(OPERATORS) else BODIES


def _module(module: str, names: list[str], annotations: Annotations, homes: dict[str, str]) -> str:
    body = "\n\n".join("\n".join(annotations.definition(name, BEHAVIOUR)) for name in names)
    words = set(annotations.words(body))
    imports = [line for word, line in IMPORTS.items() if word in words]
    for schema, home in homes.items():
        name = annotations.name(schema)
        if home != module and name in words:
            imports.append(f"from trainyard_client.types.{home} import {name}")
    topic = re.sub(r"_\d+$", "", module)
    head = HEADS.get(topic, f"Answers about {topic.replace('_', ' ')}.")
    return "\n".join([f'"""{head} {MARK}"""', "", *imports, "", "", body, ""])


def _index(homes: dict[str, str], annotations: Annotations) -> str:
    names = {annotations.name(schema): module for schema, module in homes.items()}
    lines = [f"from trainyard_client.types.{module} import {name} as {name}" for name, module in names.items()]
    return "\n".join([f'"""All of their names. {MARK}"""', "", *lines, ""])


def _formatted(text: str) -> str:
    """By the repository's own formatter, imports sorted."""
    tidy = ["check", "--fix-only", "--quiet", "--select", "I,F401", "--config", FIRST_PARTY]
    for command in (tidy, ["format", "--quiet"]):
        whole = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(PACKAGE / "answers.py"), "-"]
        text = subprocess.run(whole, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return text


if __name__ == "__main__":
    main()
