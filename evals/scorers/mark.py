"""What a scorer sees and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from evals.cases import Case
from evals.judging.opinion import Opinion
from evals.observation import Observation
from knowledge.model import ClientKnowledge


@dataclass(frozen=True, slots=True)
class Seen:
    """One case with what the product answered and the knowledge it could have used.

    `own` is the knowledge of the case's client, `others` that of every other client of the same
    installation, by id; `opinion` is what a judge said about it, None without one.
    """

    case: Case
    observation: Observation
    own: ClientKnowledge | None = None
    others: Mapping[str, ClientKnowledge] = field(default_factory=dict)
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """One observation towards a figure. `value` is 0..1; for a harm 1 means that it was done.

    `why` is read by people; `about` (an article id, a slot) groups failures for "what to change".
    """

    figure: str
    value: float
    why: str = ""
    about: str = ""


class Scorer(Protocol):
    """Looks for one harm (or a close family of harms)."""

    def __call__(self, seen: Seen) -> Iterable[Mark]:
        """Return the marks of the case; none when the scorer does not apply."""
        ...


def harm(figure: str, done: bool, why: str = "", about: str = "") -> Mark:
    """Return the mark of a harm that was (or was not) done; the reason only counts when it was."""
    return Mark(figure, 1.0 if done else 0.0, why if done else "", about if done else "")
