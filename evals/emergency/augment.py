"""More training conversations from the written ones: a routine sentence before the message that counts.

Short written texts are short, and told ones long; what makes danger must not be its length.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from evals.emergency.data import Case, Utterance

_SHORT = 60  # only texts up to this many characters are lengthened
_SHARE = 0.5
SUFFIX = "+routine"
_ORDINARY = frozenset({"batch_e", "batch_g"})


def _routine(cases: Sequence[Case]) -> dict[str, list[str]]:
    """Harmless single messages of ordinary talk, by language."""
    found: dict[str, list[str]] = {}
    for case in cases:
        if case.batch in _ORDINARY and len(case.customer_texts[0]) <= _SHORT:
            found.setdefault(case.lang, []).append(case.customer_texts[0])
    return found


def _joined(before: str, text: str, lang: str) -> str:
    return f"{before.rstrip('。.,，')}{'. ' if lang == 'en' else '，'}{text}"


def lengthened(cases: Sequence[Case], seed: int = 0) -> tuple[Case, ...]:
    """Variants of half of the short single messages, each with a routine sentence before it."""
    routine = _routine(cases)
    found: list[Case] = []
    for case in cases:
        alone = len(case.turns) == 1 and len(case.turns[0].text) <= _SHORT
        written = case.batch.startswith("batch_") and case.batch not in _ORDINARY
        if not (alone and written and case.lang in routine):
            continue
        # Chance hangs on the case alone: another batch more or less does not reshuffle the rest.
        chance = random.Random(f"{seed} {case.id}")  # noqa: S311 - reproducible choice, no secret
        if chance.random() >= _SHARE:
            continue
        text = _joined(chance.choice(routine[case.lang]), case.turns[0].text, case.lang)
        found.append(replace(case, id=case.id + SUFFIX, turns=(Utterance("customer", text),)))
    return tuple(found)
