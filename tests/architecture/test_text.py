"""The repository speaks of the project alone, and works on every machine."""

import re

from repository import ROOT, files

REGISTRIES = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|registry\.(?:npmjs|yarnpkg)|download\.pytorch|deb\.debian)")
MACHINE_PATHS = re.compile(r"(?<![\w.}~-])/(?:root|home|Users|work|opt)/\w")
HAVE_PATHS_OF_THEIR_OWN = re.compile(r"(^|/)(Dockerfile|docker-compose)")


def lines_with(pattern: re.Pattern[str], *, but: re.Pattern[str] | None = None) -> list[str]:
    found = []
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" in content or (but and but.search(str(path))):
            continue
        for number, line in enumerate(content.decode().splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path}:{number}: {line.strip()[:160]}")
    return found


def test_no_package_registry_is_named() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_path_of_one_machine_is_named() -> None:
    assert lines_with(MACHINE_PATHS, but=HAVE_PATHS_OF_THEIR_OWN) == []
