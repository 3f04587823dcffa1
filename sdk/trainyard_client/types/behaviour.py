"""Methods of some answers beyond their fields; the generated types build on them."""

from __future__ import annotations

from trainyard_client.types.answer import Answer

FINISHED_STATES = frozenset({"succeeded", "failed", "cancelled"})
RESTING_STATES = FINISHED_STATES | {"paused"}
"""In which a job does nothing until somebody asks for it."""


class JobBehaviour(Answer):
    @property
    def finished(self) -> bool:
        """Whether it has ended for good."""
        return self["state"] in FINISHED_STATES

    @property
    def resting(self) -> bool:
        """Whether it has finished or is paused."""
        return self["state"] in RESTING_STATES


class DatasetProblemBehaviour(Answer):
    def __str__(self) -> str:
        row, column = self.get("row"), self.get("column")
        parts = [self.get("file"), f"row {row}" if row else None, f"column {column}" if column else None]
        place = ", ".join(filter(None, parts))
        return f"{place}: {self['message']}" if place else str(self["message"])
