"""How urgent, by the client's own definitions.

An emergency is P0 unless the client itself puts this very danger lower and nothing says that it is there
now. Below that two questions are weighed: does the client call this urgent (P1), and if not, is it
somebody's business (P2) or an ordinary question (P3)? A definition is read clause by clause: a clause
meets the case when both are about the same (concepts, each as telling as its words are rare in the
client's articles), says most of its words, or is near it in meaning. Weights are fitted on recorded
conversations of other clients (`python -m evals.bench.fit_urgency`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from copilot.answer import Priority
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.nearness import clauses
from copilot.escalation.words import (
    Concept,
    concepts,
    concepts_called,
    concepts_either,
    concepts_in,
    concepts_of_category,
    is_about,
)
from copilot.language import fold
from copilot.suggestion.case.evidence import grams, rarity
from knowledge.model import ClientKnowledge

# Share of a clause's pairs of characters that must be said, where no concept speaks for it.
_SAID = 0.6
# How well a hand-over rule must fit before the level that it names counts.
_FITS = 1.6
# What a shared concept tells that no word of the case shows (an alert's category).
_UNSPOKEN = 0.5
# Words that stand in so large a share of the articles tell nothing; fewer articles say little.
_TELLS_NOTHING, _MANY = 1 / 3, 12


def priority_of(case: Case, rules: Sequence[Handover]) -> Priority:
    """Return the level at which the client wants to hear of `case`."""
    if any(alert.level == "emergency" for alert in case.found.alerts):
        return _of_emergency(case)
    if weigh(fitted().urgent, urgent_signs(case, rules)) > 0:
        return "P1"
    return "P3" if weigh(fitted().ordinary, ordinary_signs(case)) > 0 else "P2"


def _of_emergency(case: Case) -> Priority:
    if _is_put_lower(case):
        return "P1"
    safe = is_about("safe_now", case.said)
    if _is_certain(case) or not safe:
        return "P0"
    if meets("P1", case):
        return "P1"
    return "P2" if safe and meets("P2", case) else "P0"


def _is_put_lower(case: Case) -> bool:
    """Whether the client names this danger under P1 and not under P0, and nothing says that it is there now.

    What somebody does to somebody must be told of as past.
    """
    kinds = (alert.category for alert in case.found.alerts if alert.level == "emergency")
    alarmed = frozenset[str]().union(*(concepts_of_category(kind) for kind in kinds))
    if _is_certain(case) or not _names("P1", alarmed, case) or _names("P0", alarmed, case):
        return False
    return not alarmed & concepts_called("against_somebody") or is_about("told_later", case.said)


def _names(level: Priority, names: frozenset[str], case: Case) -> bool:
    return any(concepts_in(clause) & names for clause in _defined(level, case))


def _is_certain(case: Case) -> bool:
    """Whether the danger is said to be there now, or is of a kind that nobody's definition lowers."""
    kinds = {alert.category for alert in case.found.alerts if alert.level == "emergency"}
    never = concepts_called("never_lowered")
    if is_about("over_now", case.said):
        never -= concepts_called("ends")
    return is_about("danger_now", case.said) or bool(kinds & never)


# --- the two questions ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UrgentSigns:
    """What speaks for P1.

    `shared`: how much of a clause's concepts the case has, as telling as the best of them (0..1); `said`:
    how much of a clause is said (0..1); `near`, `below`: the cosines of P1 and P2 above those of the other
    levels; `alerted`: an alert stands that P2 does not define; `ranked`: a fitting rule names P0 or P1;
    `abstained`: nothing answers.
    """

    shared: float
    said: float
    near: float
    alerted: float
    ranked: float
    abstained: float
    below: float


@dataclass(frozen=True, slots=True)
class OrdinarySigns:
    """What speaks for P3 rather than P2.

    `wording`: how requests in such words are ranked (0..1); `amount`: money is named; `needs`: the
    suggestion asks somebody else; `abstained`: nothing answers;
    `shared`, `near`: as of P1, for the definition of P3; `decided`: how much of what P2 lists is shared.
    """

    wording: float
    amount: float
    needs: float
    abstained: float
    shared: float
    near: float
    decided: float


URGENT_NAMES = tuple(field.name for field in fields(UrgentSigns))
ORDINARY_NAMES = tuple(field.name for field in fields(OrdinarySigns))


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted logit: weights by sign, and a bias."""

    weights: Mapping[str, float]
    bias: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What fitting leaves; `wording` is a direction of the embedding.

    `wording_neutral`, `urgent_near`, `ordinary_near` speak for neither: they stand in for missing vectors.
    """

    urgent: Line
    ordinary: Line
    wording: NDArray[np.float64]
    wording_bias: float
    wording_neutral: float
    urgent_near: float
    ordinary_near: float


@lru_cache(maxsize=1)
def fitted() -> Weights:
    """Return the fitted weights."""
    file = files("copilot.escalation").joinpath("urgency.yaml")
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Weights(
        urgent=Line(content["urgent"], float(content["urgent_bias"])),
        ordinary=Line(content["ordinary"], float(content["ordinary_bias"])),
        wording=np.array(content["wording"], np.float64),
        wording_bias=float(content["wording_bias"]),
        wording_neutral=float(content["wording_neutral"]),
        urgent_near=float(content["urgent_near"]),
        ordinary_near=float(content["ordinary_near"]),
    )


def weigh(line: Line, signs: UrgentSigns | OrdinarySigns) -> float:
    """Return the logit of `signs`."""
    logit: float = line.bias + sum(weight * getattr(signs, name) for name, weight in line.weights.items())
    return logit


def urgent_signs(case: Case, rules: Sequence[Handover], weights: Weights | None = None) -> UrgentSigns:
    """Return what speaks for P1; `rules` say who is told, best fitting first."""
    ranked = any(rule.fit >= _FITS and rule.level in {"P0", "P1"} for rule in rules[:1])
    return UrgentSigns(
        shared=_shared("P1", case),
        said=_most_said("P1", case),
        near=case.found.nearness.get("P1", (weights or fitted()).urgent_near),
        alerted=float(bool(case.found.alerts) and not _alarm_is_listed("P2", case)),
        ranked=float(ranked),
        abstained=float(case.found.abstained is not None),
        below=case.found.nearness.get("P2", 0.0),
    )


def ordinary_signs(case: Case, weights: Weights | None = None) -> OrdinarySigns:
    """Return what speaks for P3 rather than P2."""
    suggestion = case.found.suggestion
    return OrdinarySigns(
        wording=_wording(case, weights or fitted()),
        amount=float(bool(case.values("amount"))),
        needs=float(suggestion is not None and suggestion.authority == "needs_escalation"),
        abstained=float(case.found.abstained is not None),
        shared=float(meets("P3", case)),
        near=case.found.nearness.get("P3", (weights or fitted()).ordinary_near),
        decided=_listed("P2", case),
    )


def _wording(case: Case, weights: Weights) -> float:
    request = case.found.request
    if request is None or request.shape != weights.wording.shape:
        return weights.wording_neutral
    return float(request @ weights.wording) + weights.wording_bias


# --- what a definition and a case share ----------------------------------------------------------


def meets(level: Priority, case: Case) -> bool:
    """Whether a clause of the client's definition of `level` is about this case."""
    return any(_clause_meets(clause, case, level) for clause in _defined(level, case))


def _defined(level: Priority, case: Case) -> tuple[str, ...]:
    defined = case.knowledge.settings.priorities.get(level)
    return clauses(defined.definition) if defined is not None else ()


def _clause_meets(clause: str, case: Case, level: Priority) -> bool:
    if concepts_in(clause):
        return bool(_enough(clause, case, level))
    wanted = grams(clause)
    return bool(wanted) and len(wanted & grams(_about(case))) / len(wanted) >= _SAID


def _enough(clause: str, case: Case, level: Priority) -> frozenset[str]:
    """The concepts that clause and case share, none where too few: a weak one is enough for little."""
    about = _as_one(concepts_in(clause))
    shared = about & _as_one(_concepts_of(case))
    weak = {concept.name for concept in concepts() if concept.weak and level in {"P0", "P1"}}
    enough = len(shared) >= 2 or (bool(shared - weak) and len(shared) * 2 > len(about))
    return shared if enough else frozenset()


def _as_one(names: frozenset[str]) -> frozenset[str]:
    """The concepts, with the first of those that stand for one another in place of the others."""
    first, *others = concepts_either()
    return names - set(others) | {first} if names & set(others) else names


def _shared(level: Priority, case: Case) -> float:
    had = _as_one(_concepts_of(case))
    wanted = (_as_one(concepts_in(clause)) for clause in _defined(level, case))
    when = concepts_called("when")
    met = [(names, names & had) for names in wanted if (names & had) - when or names & had == names]
    return max((len(both) / len(names) * _telling(both, case) for names, both in met if both), default=0.0)


def _alarm_is_listed(level: Priority, case: Case) -> bool:
    """Whether the definition of `level` names what the alerts are about."""
    alarmed = frozenset[str]().union(*(concepts_of_category(a.category) for a in case.found.alerts))
    return _names(level, alarmed, case)


def _listed(level: Priority, case: Case) -> float:
    """The share of a clause's concepts that the case has, of the clause that it has most of (0..1)."""
    wanted = [_as_one(concepts_in(clause)) for clause in _defined(level, case)]
    had = _as_one(_concepts_of(case))
    return max((len(names & had) / len(names) for names in wanted if names), default=0.0)


def _telling(names: Iterable[str], case: Case) -> float:
    """How telling the best of these concepts is: as its words in the case are rare in the articles."""
    known = {concept.name: concept for concept in concepts()}
    said = fold(case.said)
    return max(
        (_rare(known[name], said, case.knowledge) if name in known else 0.0 for name in names), default=0.0
    )


def _rare(concept: Concept, said: str, knowledge: ClientKnowledge) -> float:
    words = concept.said_in(said)
    texts = _texts(knowledge)
    shares = [sum(word in text for text in texts) / max(len(texts), _MANY) for word in words]
    return max((max(0.0, 1 - share / _TELLS_NOTHING) for share in shares), default=_UNSPOKEN)


def _texts(knowledge: ClientKnowledge) -> list[str]:
    return [fold(article.title + article.body) for article in knowledge.articles.values()]


def _most_said(level: Priority, case: Case) -> float:
    """How much, by rarity, of the clause that is said most (0..1)."""
    rare, said = rarity(case.knowledge), grams(_about(case))
    shares = []
    for clause in _defined(level, case):
        wanted = grams(clause)
        total = sum(rare.of(gram) for gram in wanted)
        shares.append(sum(rare.of(gram) for gram in wanted & said) / total if total else 0.0)
    return max(shares, default=0.0)


def _concepts_of(case: Case) -> frozenset[str]:
    return case.concepts | concepts_in(_topic(case))


def _topic(case: Case) -> str:
    """The title and tags of the article that was chosen: what the case is about in the client's words."""
    found = case.found
    cited = [c.article_id for c in found.suggestion.citations[:1]] if found.suggestion else []
    nearest = [] if found.abstained or cited else [hit.article.id for hit in found.hits[:1]]
    article = next((case.knowledge.articles.get(key) for key in (*cited, *nearest)), None)
    return fold(" ".join([article.title, *article.tags])) if article else ""


def _about(case: Case) -> str:
    return f"{case.said} {_topic(case)}"
