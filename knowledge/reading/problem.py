"""What is wrong with a client's folder, said so that an editor can repair it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect. `where` is a line, a cell or a field; an error keeps the folder from being imported."""

    path: str
    where: str
    cause: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.path}: {self.where}" if self.where else self.path
        return f"{self.severity}: {place}: {self.cause}"


class ProblemError(Exception):
    """A file cannot be read further. Carries the problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def line(number: int) -> str:
    """Return how a line is named to people; `number` counts from 1."""
    return f"line {number}"
