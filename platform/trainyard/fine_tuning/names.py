"""Names of fine-tuned models: ``ft:<base>:<organization>:<suffix>:<id>``."""

import re
import unicodedata
from dataclasses import dataclass

PREFIX = "ft:"
MODEL_PREFIX = "mdl_"


@dataclass(frozen=True, slots=True)
class FineTunedName:
    """``base`` is the model that it was trained from, ``model_id`` the registry's."""

    base: str
    model_id: str


def fine_tuned_name(*, base: str, organization: str, suffix: str, model_id: str) -> str:
    """The name that a finished model is asked by. It stays as it is when the organization gets another name."""
    return ":".join(["ft", base, slug(organization), slug(suffix), model_id.removeprefix(MODEL_PREFIX)])


def parse(name: str) -> FineTunedName | None:
    """What ``name`` refers to, ``None`` where it is no such name. What stands for people's sake is not read."""
    parts = name.split(":")
    if len(parts) != 5 or parts[0] != "ft" or not parts[4]:
        return None
    return FineTunedName(parts[1], f"{MODEL_PREFIX}{parts[4]}")


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens of ``text``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
