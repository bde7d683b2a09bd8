"""The first thing that an agent would read, and its fingerprint: a mark belongs to one answer."""

from __future__ import annotations

import hashlib

from evals.observation import Observation


def shown_answer(observation: Observation) -> str | None:
    """Return the first suggestion's reply and steps, else what an abstention says; None without either."""
    answer = observation.answer
    if answer is None:
        return None
    if answer.suggestions:
        return "\n".join((answer.suggestions[0].reply, *answer.suggestions[0].steps))
    if answer.abstained is not None:
        return "\n".join((answer.abstained.say, *answer.abstained.collect))
    return None


def fingerprint(observation: Observation) -> str:
    """Return what two observations with the same shown words have in common."""
    return hashlib.sha256((shown_answer(observation) or "").encode("utf-8", "surrogatepass")).hexdigest()[:16]
