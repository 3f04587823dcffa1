"""Results of a check of stored data: the rule, the row that violates it, and how."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.message}"
