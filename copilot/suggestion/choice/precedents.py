"""Which resolved cases are like this one: the nearest are always near, but not always alike.

Cosines of short situations lie close together whatever they tell. A case is shown where it stands out
among the client's own cases, or speaks of the same things in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from copilot.suggestion.case.evidence import Evidence, rarity
from copilot.suggestion.choice.concepts import rarity_of_concepts, share_of_said
from knowledge.model import ClientKnowledge, PrecedentHit

_SHOWN = 3
# Below this a case is only the nearest of those there are. Read off 60 development conversations.
_ALIKE = 1.7
# What shared concepts and shared words count beside one standard deviation of the cosines.
_CONCEPTS, _WORDS = 2.0, 1.5
# The overlap with a conversation that says all of a situation's words, about.
_MUCH = 20


def alike(
    hits: Sequence[PrecedentHit], evidence: Evidence, knowledge: ClientKnowledge
) -> tuple[PrecedentHit, ...]:
    """Return the cases among `hits` (all of the client's) that are like the conversation, best first."""
    if not hits:
        return ()
    cosines = np.array([hit.similarity for hit in hits])
    apart = (cosines - cosines.mean()) / (cosines.std() + 1e-6)
    rare, telling = rarity(knowledge), rarity_of_concepts(knowledge)

    def worth(index: int) -> float:
        situation = hits[index].precedent.situation
        concepts = share_of_said(situation, evidence.concepts, telling)
        words = min(evidence.overlap(situation, rare) / _MUCH, 1.0)
        return float(apart[index]) + _CONCEPTS * concepts + _WORDS * words

    worths = [worth(index) for index in range(len(hits))]
    order = sorted(range(len(hits)), key=lambda index: -worths[index])
    return tuple(hits[index] for index in order if worths[index] >= _ALIKE)[:_SHOWN]
