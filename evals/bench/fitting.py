"""What the fitting commands share: data sets as folders, a logistic fit, numbers as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import knowledge

Rows = NDArray[np.float64]
_STEPS, _RATE = 1500, 0.3


def lines(folder: Path, *patterns: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON lines of the files of `folder` that match one of the patterns, one after the other."""
    for path in (path for pattern in patterns for path in sorted(folder.glob(pattern))):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def clients_of(folder: Path) -> list[Path]:
    """Return the client folders of a data set, those of the samples where it has none."""
    clients = folder / "clients"
    own = clients if clients.is_dir() else Path(knowledge.__file__).with_name("samples")
    return sorted(path for path in own.iterdir() if (path / "client.yaml").is_file())


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A fitted direction: logit (or share) = rows · weights + bias."""

    weights: Rows
    bias: float

    def of(self, rows: Rows) -> Rows:
        """Return one value a row."""
        values: Rows = rows @ self.weights + self.bias
        return values


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a feature before any data: its weight's sign (0: either), and its least weight."""

    sign: int = 0
    least: float = 0.0


def logistic(
    rows: Rows,
    labels: Rows,
    ridge: float,
    expected: Sequence[Expected] | None = None,
    worth: Rows | None = None,
) -> Line:
    """Return the ridge logistic fit, in the features' own units, with weights as they are expected.

    `worth`: how much each row counts, of mean 1 or not; all alike without it.
    """
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    counts = np.ones(len(labels)) if worth is None else worth / worth.mean()
    known = expected or [Expected()] * rows.shape[1]
    lowest = np.array([e.least if e.sign > 0 else -np.inf for e in known]) * scale
    highest = np.array([0.0 if e.sign < 0 else np.inf for e in known])
    x, weights = (rows - mean) / scale, np.zeros(rows.shape[1])
    share = float((counts * labels).mean())
    bias = float(np.log((share + 1e-3) / (1 - share + 1e-3)))
    for _ in range(_STEPS):
        error = counts * (labels - 1 / (1 + np.exp(-(x @ weights + bias))))
        weights += _RATE * (x.T @ error / len(labels) - ridge * weights)
        weights = np.clip(weights, lowest, highest)
        bias += _RATE * float(error.mean())
    own = weights / scale
    return Line(own, bias - float(own @ mean))


def wrapped(numbers: str, width: int = 100) -> str:
    """Return a list of numbers in lines of about `width` characters."""
    parts, lines = numbers.split(", "), [""]
    for part in parts:
        if len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += f"{part}, "
    return "\n  ".join(line.rstrip() for line in lines).rstrip(",")
