"""What is deployed is what was looked at: every image is named by the digest of its content."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\b")
OWN = ("trainyard-control", "trainyard-worker")
"""Built here, from the Dockerfile."""


def test_the_compose_file_pins_every_image() -> None:
    images = re.findall(r"^ *image: (.+)$", (ROOT / "docker-compose.yml").read_text(), re.MULTILINE)
    foreign = [image for image in images if image not in OWN]
    assert len(foreign) == 3
    assert [image for image in foreign if not DIGEST.search(image)] == []


def test_the_dockerfile_pins_what_it_builds_on() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    bases = re.findall(r"^ARG \w+_IMAGE=(.+)$", text, re.MULTILINE)
    assert len(bases) == 2
    assert [base for base in bases if not DIGEST.search(base)] == []
    stages = re.findall(r"^FROM (\S+)(?: AS (\w+))?", text, re.MULTILINE)
    names = {name for _, name in stages}
    assert [source for source, _ in stages if not source.startswith("${") and source not in names] == []
