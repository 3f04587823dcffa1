"""Writes ``docs/reference/cli.md`` from the command line itself: ``python scripts/command_reference.py``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "sdk"))

from typer.main import get_command  # noqa: E402  # the line above finds the client

from trainyard_client.cli.failures import EXIT_STATUSES  # noqa: E402
from trainyard_client.cli.root import app  # noqa: E402

DOCUMENT = ROOT / "docs" / "reference" / "cli.md"
INTRODUCTION = """\
# The `trainyard` command

`make schema` writes this page from the commands themselves. `trainyard COMMAND --help` says the same in a terminal, and
`trainyard --install-completion` teaches your shell to complete them.

- **Whom it talks to**: `TRAINYARD_URL` and `TRAINYARD_API_KEY`, else the profile that `trainyard login` stored
  (`~/.config/trainyard/profiles.json`, readable by you alone). `trainyard --profile NAME …` chooses one of several; so
  does `TRAINYARD_PROFILE`.
- **What it prints**: answers go to standard output, all else to standard error. Lists are tables that fit the terminal
  and end at `--limit`; what shows one thing is a summary in a terminal and JSON in a pipe. `--json` prints JSON
  everywhere. `NO_COLOR=1` is honoured; hints of what to do next come in a terminal alone.
- **A spec that is refused** is shown line by line, each error under what it is about, in JSON and, with PyYAML
  (`pip install 'trainyard-client[yaml]'`), in YAML.

## Exit status
"""
SKIPPED = {"help", "install_completion", "show_completion"}


def render() -> str:
    """The whole document."""
    lines = [INTRODUCTION, "| status | |", "|---|---|"]
    lines += [f"| {status} | {meaning} |" for status, meaning in EXIT_STATUSES.items()]
    lines += ["", *_sections(get_command(app), ("trainyard",))]
    return "\n".join(lines)


def _sections(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield from _command(command, path)
        return
    if len(path) > 1:
        yield f"## {' '.join(path)}\n"
        yield f"{_flat(command.help)}\n"
    else:
        yield "## Of every kind\n"
        yield from _parameters(command)
    for name, each in sorted(inner.items(), key=lambda item: hasattr(item[1], "commands")):
        yield from _sections(each, (*path, name))


def _command(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    arguments = [_argument(each) for each in command.params if each.param_type_name == "argument"]
    yield f"### `{' '.join([*path, *arguments])}`\n"
    yield f"{_flat(command.help)}\n"
    yield from _parameters(command)


def _parameters(command: Any) -> Iterator[str]:
    shown = [each for each in command.params if each.name not in SKIPPED and (each.help or _is_option(each))]
    if not shown:
        return
    yield "| | | |\n|---|---|---|"
    for each in shown:
        name = ", ".join([*each.opts, *each.secondary_opts]) if _is_option(each) else each.name.upper()
        default = each.default if isinstance(each.default, str | int) and each.default not in ("", False) else ""
        yield f"| `{name}` | {_flat(each.help or '')} | {f'`{default}`' if default != '' else ''} |"
    yield ""


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    name = f"{name}…" if parameter.nargs == -1 and not name.endswith("…") else name
    return str(name if parameter.required else f"[{name}]")


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(render())
