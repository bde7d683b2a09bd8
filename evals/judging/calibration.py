"""How far the judge agrees with people: its figures mean nothing before this is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from evals.cases import ConversationCase
from evals.figures import Scored
from evals.judging.opinion import POOR, SEVERITIES, Opinion
from evals.shown import fingerprint
from evals.stats import cohen_kappa

FEWEST_MARKS = 30  # below that kappa says nothing
ENOUGH_KAPPA = 0.6  # "substantial" in the usual reading (Landis and Koch 1977)


class Pair(BaseModel):
    """How often people said one severity where the judge said another."""

    model_config = ConfigDict(frozen=True)

    human: str
    judge: str
    n: int


class Calibration(BaseModel):
    """The judge against human marks of the very answers it judged.

    `agreed` and `kappa` are on poor (high, critical) or not; `kappa_severity` on all four severities.
    `outdated` marks belong to answers that the product no longer gives.
    """

    model_config = ConfigDict(frozen=True)

    n: int
    agreed: int
    kappa: float | None
    kappa_severity: float | None
    outdated: int
    pairs: tuple[Pair, ...] = ()

    @property
    def trusted(self) -> bool:
        """Whether there are enough marks and enough agreement."""
        return self.n >= FEWEST_MARKS and self.kappa is not None and self.kappa >= ENOUGH_KAPPA


class Judged(BaseModel):
    """What the judge did: answers judged, calls without a readable opinion, tokens, and its calibration."""

    model_config = ConfigDict(frozen=True)

    judge: str
    n: int
    faults: Mapping[str, int] = {}
    tokens_in: int = 0
    tokens_out: int = 0
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class _Both:
    human: str
    judge: str


def _marked(scored: Sequence[Scored]) -> tuple[list[_Both], int]:
    both, outdated = [], 0
    for item in scored:
        mark = item.case.mark if isinstance(item.case, ConversationCase) else None
        opinion = item.opinion
        if mark is None or mark.severity not in SEVERITIES or opinion is None or opinion.severity is None:
            continue
        if mark.shown is not None and mark.shown != fingerprint(item.observation):
            outdated += 1
            continue
        both.append(_Both(mark.severity, opinion.severity))
    return both, outdated


def calibrate(scored: Sequence[Scored]) -> Calibration:
    """Return the judge's agreement with the marks that the cases carry."""
    both, outdated = _marked(scored)
    human = ["poor" if pair.human in POOR else "good" for pair in both]
    judge = ["poor" if pair.judge in POOR else "good" for pair in both]
    counted = sorted(Counter((pair.human, pair.judge) for pair in both).items())
    return Calibration(
        n=len(both),
        agreed=sum(a == b for a, b in zip(human, judge, strict=True)),
        kappa=cohen_kappa(human, judge),
        kappa_severity=cohen_kappa([p.human for p in both], [p.judge for p in both]),
        outdated=outdated,
        pairs=tuple(Pair(human=h, judge=j, n=n) for (h, j), n in counted),
    )


def judged_of(judge: str, scored: Sequence[Scored]) -> Judged:
    """Return what the judge did over all cases."""
    found: list[Opinion] = [item.opinion for item in scored if item.opinion is not None]
    return Judged(
        judge=judge,
        n=sum(opinion.severity is not None for opinion in found),
        faults=dict(sorted(Counter(o.fault for o in found if o.fault is not None).items())),
        tokens_in=sum(opinion.tokens_in for opinion in found),
        tokens_out=sum(opinion.tokens_out for opinion in found),
        calibration=calibrate(scored),
    )
