"""Results of a check of stored data: a rule, the row that breaks it, and how."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.message}"
