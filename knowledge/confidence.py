"""How sure it is that a found article answers the question: comparable between clients and questions.

Hybrid scores are relative to their own search; the logistic weights in `confidence.yaml` turn absolute
features into a probability.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.model import Evidence

_WEIGHTS = Path(__file__).with_name("confidence.yaml")


@dataclass(frozen=True, slots=True)
class _Term:
    name: str
    weight: float
    at: float


@dataclass(frozen=True, slots=True)
class _Weights:
    bias: float
    terms: tuple[_Term, ...]


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    content = yaml.safe_load(_WEIGHTS.read_text(encoding="utf-8"))
    bias = float(content.pop("bias"))
    return _Weights(bias, tuple(_Term(name, term["weight"], term["at"]) for name, term in content.items()))


def confidence(evidence: Evidence) -> float:
    """Return the probability (0..1) that the article answers."""
    weights = _weights()
    values = asdict(evidence)
    logit = weights.bias + sum(term.weight * (values[term.name] - term.at) for term in weights.terms)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
