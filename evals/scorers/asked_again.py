"""The customer is asked for what the conversation already holds."""

from __future__ import annotations

from collections.abc import Iterator

from copilot.answer import Answer
from copilot.request import TurnIn
from evals.matching import said_at
from evals.scorers.lexicon import Ask, lexicon, pattern
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import suggestions_of, talk_of


def _asks(text: str, ask: Ask) -> str | None:
    """The words with which the text asks for the slot (negated ones do not ask), None otherwise."""
    for expression in ask.asked:
        match = pattern(expression).search(text)
        if match and said_at(text, match.group()) >= 0:
            return match.group()
    return None


def _given_by(turns: tuple[TurnIn, ...], ask: Ask) -> str | None:
    for turn in turns:
        if turn.role == "agent":
            continue
        for expression in ask.given:
            if match := pattern(expression).search(turn.text):
                return match.group()
    return None


def _collected(answer: Answer) -> str:
    if answer.abstained is None:
        return ""
    return "\n".join((answer.abstained.say, *(f"提供{item}" for item in answer.abstained.collect)))


def score(seen: Seen) -> Iterator[Mark]:
    """Mark first suggestions and abstentions that ask for a given order number, phone, plate or photo."""
    case, answer = talk_of(seen), seen.observation.answer
    if case is None or answer is None:
        return
    suggestions = suggestions_of(seen)
    text = suggestions[0].reply if suggestions else _collected(answer)
    if not text:
        return
    again = [
        (ask.slot, f"asks “{words}”, given: “{given}”")
        for ask in lexicon().asks
        if (words := _asks(text, ask)) and (given := _given_by(case.turns, ask))
    ]
    about = again[0][0] if again else ""
    yield harm("asked_again", bool(again), "; ".join(why for _, why in again), about)
