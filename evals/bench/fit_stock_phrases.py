"""Fit the weights of the stock-phrase models and print how they do on replies left out of the fit.

    python -m evals.bench.fit_stock_phrases [--write] FILE.jsonl…

Two logistic regressions (has it substance? has it filler beside the substance?) over the counts of
`copilot.signals.stock_phrase.features`, by projected gradient: a sign of substance may never count
against substance, nor filler for it, so that a small sample cannot teach nonsense.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copilot.signals.stock_phrase import features

WEIGHTS = Path(__file__).parents[2] / "copilot" / "signals" / "stock_phrase_weights.yaml"
FOLDS = 10
PENALTY = 0.0015  # per sample; chosen on the cross-validation printed below
STEPS = 6000
FREE = {"bias", "length", "plain", "echo"}
NEVER_SUBSTANCE = {"empty", "empty_share", "asks_generic", "asks_known"}
# Courtesy does not take substance away: however much of it stands around a fact, the fact stands.
NEUTRAL = {
    "empty",
    "empty_share",
    "f_apology",
    "f_empathy",
    "f_thanks",
    "f_reassurance",
    "f_slogan",
    "f_english",
    "length",
    "asks_needed",  # decides by itself, see label_reply
}
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Replies as a matrix (replies by features) with their labels."""

    names: tuple[str, ...]
    rows: Array
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Models:
    """The weights of both models, in the order of the feature names."""

    substance: Array
    filler: Array


def load(paths: list[Path]) -> Sample:
    """Return the replies of `paths` (one JSON object a line) as features."""
    lines = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line]
    values = [features(line["text"], _context(line["context"])) for line in lines]
    names = tuple(values[0])
    return Sample(names, np.array([[v[n] for n in names] for v in values]), tuple(x["label"] for x in lines))


def _context(context: str | list[str | dict[str, str]]) -> tuple[str, ...]:
    if isinstance(context, str):
        return (context,)
    return tuple(turn if isinstance(turn, str) else turn["text"] for turn in context)


def fit(sample: Sample, keep: NDArray[np.bool_]) -> Models:
    """Return both models fitted on the kept rows."""
    labels = np.array(sample.labels)
    said = keep & (labels != "stock")
    signs = np.array([_sign(name) for name in sample.names])
    counts = np.array([name not in NEUTRAL for name in sample.names])
    return Models(
        _logistic(sample.rows[keep] * counts, (labels[keep] != "stock").astype(float), signs),
        _logistic(sample.rows[said], (labels[said] == "mixed").astype(float), -signs * (signs < 0)),
    )


def _sign(name: str) -> float:
    if name in FREE:
        return 0.0
    return -1.0 if name.startswith("f_") or name in NEVER_SUBSTANCE else 1.0


def _logistic(rows: Array, wanted: Array, signs: Array) -> Array:
    weights = np.zeros(rows.shape[1])
    for step in range(STEPS):
        predicted = 1 / (1 + np.exp(-(rows @ weights)))
        gradient = rows.T @ (predicted - wanted) / len(wanted) + PENALTY * weights
        weights -= (2.0 if step < STEPS / 2 else 0.7) * gradient
        weights = np.where(weights * signs < 0, 0.0, weights)
    return weights


def predict(models: Models, rows: Array) -> list[str]:
    """Return the label of each row."""
    substance, filler = rows @ models.substance >= 0, rows @ models.filler > 0
    return [
        ("mixed" if f else "substantive") if s else "stock" for s, f in zip(substance, filler, strict=True)
    ]


def cross_validated(sample: Sample) -> float:
    """Return the three-way accuracy on folds left out of the fit."""
    fold = np.random.default_rng(7).permutation(len(sample.labels)) % FOLDS
    right = 0
    for number in range(FOLDS):
        models = fit(sample, fold != number)
        out = np.flatnonzero(fold == number)
        right += sum(
            g == sample.labels[i] for g, i in zip(predict(models, sample.rows[out]), out, strict=True)
        )
    return right / len(sample.labels)


def write(sample: Sample, models: Models) -> None:
    """Write the weights as data beside the code that uses them."""
    lines = ["# Written by: python -m evals.bench.fit_stock_phrases --write (never by hand)."]
    for title, weights in (("substance", models.substance), ("filler", models.filler)):
        lines.append(f"{title}:")
        lines += [f"  {n}: {w:.3f}" for n, w in zip(sample.names, weights, strict=True) if abs(w) >= 0.0005]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Parse, fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    sample = load(arguments.files)
    print(
        f"{len(sample.labels)} replies, accuracy over {FOLDS} folds left out: {cross_validated(sample):.3f}"
    )
    models = fit(sample, np.ones(len(sample.labels), dtype=bool))
    inside = np.mean([g == w for g, w in zip(predict(models, sample.rows), sample.labels, strict=True)])
    print(f"accuracy on the fitted replies themselves: {inside:.3f}")
    if arguments.write:
        write(sample, models)


if __name__ == "__main__":
    main()
