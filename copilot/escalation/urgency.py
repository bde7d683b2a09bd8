"""How urgent, by the client's own definitions.

A definition is read clause by clause: a clause meets the case when the case is about what the clause
is about (concepts), or says most of its words. An emergency is P0 unless the client itself puts this
very danger lower and nothing says that it is there now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.answer import Priority
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.words import concepts, concepts_called, concepts_in, is_about
from copilot.language import fold
from copilot.suggestion.evidence import grams

_CLAUSE = re.compile(r"[、，,；;。/]")
_PART = re.compile(r"[；;。]")
# Share of a clause's pairs of characters that must be said, where no concept speaks for it.
_SAID = 0.6
# How well a hand-over rule must fit before the level that it names counts.
_FITS = 1.6


def priority_of(case: Case, rules: Sequence[Handover]) -> Priority:
    """Return the level at which the client wants to hear of `case`."""
    if any(alert.level == "emergency" for alert in case.found.alerts):
        return _of_emergency(case)
    if _is_urgent(case, rules):
        return "P1"
    if case.found.alerts and not meets("P2", case):
        return "P1"
    if case.found.abstained is not None:
        return "P3"
    return _of_ordinary(case)


def _of_emergency(case: Case) -> Priority:
    safe = is_about("safe_now", case.said)
    if _is_certain(case) or not safe:
        return "P0"
    if meets("P1", case):
        return "P1"
    return "P2" if safe and meets("P2", case) else "P0"


def _is_certain(case: Case) -> bool:
    """Whether the danger is said to be there now, or is of a kind that nobody's definition lowers."""
    kinds = {alert.category for alert in case.found.alerts if alert.level == "emergency"}
    return is_about("danger_now", case.said) or bool(kinds & concepts_called("never_lowered"))


def _is_urgent(case: Case, rules: Sequence[Handover]) -> bool:
    named = next((rule.level for rule in rules[:1] if rule.fit >= _FITS), None)
    return named in {"P0", "P1"} or meets("P1", case)


def _of_ordinary(case: Case) -> Priority:
    suggestion = case.found.suggestion
    needs = suggestion is not None and suggestion.authority == "needs_escalation"
    money = suggestion is not None and any(a.amount is not None for a in suggestion.actions)
    if not money and meets("P3", case) and not meets("P2", case):
        return "P3"
    return "P2" if needs or money or meets("P2", case) or case.values("amount") else "P3"


def meets(level: Priority, case: Case) -> bool:
    """Whether a clause of the client's definition of `level` is about this case."""
    defined = case.knowledge.settings.priorities.get(level)
    if defined is None:
        return False
    return any(_clause_meets(clause, case, level) for clause in _clauses(defined.definition))


def _clauses(definition: str) -> tuple[str, ...]:
    """English commas also cut a list that ends in one condition for all, so the whole part is read too."""
    parts = _PART.split(definition) if definition.isascii() else []
    return tuple(c for c in dict.fromkeys([*parts, *_CLAUSE.split(definition)]) if len(c.strip()) >= 2)


def _clause_meets(clause: str, case: Case, level: Priority) -> bool:
    """A weak concept alone is enough where little hangs on it."""
    weak = {concept.name for concept in concepts() if concept.weak and level in {"P0", "P1"}}
    about = concepts_in(clause)
    shared = about & _concepts_of(case)
    if about:
        return len(shared) >= 2 or (bool(shared - weak) and len(shared) * 2 > len(about))
    wanted = grams(clause)
    return bool(wanted) and len(wanted & grams(_about(case))) / len(wanted) >= _SAID


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
