"""How far live traffic has moved from the evaluated sets, client by client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from copilot.language import detect_language
from copilot.request import TurnIn
from evals.cases import ConversationCase, EmergencyCase, RecordedCase
from evals.datasets import read_collection
from evals.figures import owner_of
from evals.stats import population_stability
from knowledge.text import tokens

_WATCH, _SHIFTED = 0.1, 0.25  # the usual reading of the population stability index
_TOPIC_TERMS = 60  # the most frequent terms of both sides; rarer ones are noise at these sizes
_NEW_WORDS = 8
_LENGTHS = (10, 25, 50, 100, 200)  # characters of all customer turns together


class Shift(BaseModel):
    """A population stability index and its usual reading."""

    model_config = ConfigDict(frozen=True)

    index: float
    reading: str


class ClientDrift(BaseModel):
    """One client: conversations on both sides, and how far three distributions moved."""

    model_config = ConfigDict(frozen=True)

    client: str
    live: int
    evaluated: int
    language: Shift
    length: Shift
    topics: Shift
    new_words: tuple[str, ...]


class Drift(BaseModel):
    """All clients with live traffic, most shifted first."""

    model_config = ConfigDict(frozen=True)

    clients: tuple[ClientDrift, ...]


@dataclass(frozen=True, slots=True)
class _Traffic:
    languages: Counter[str]
    lengths: Counter[str]
    terms: Counter[str]
    conversations: int


def _customer_text(turns: Sequence[TurnIn]) -> str:
    return " ".join(turn.text for turn in turns if turn.role == "customer")


def _terms(text: str) -> set[str]:
    return {word for word in tokens(text) if len(word) > 1 and not any(c.isdigit() for c in word)}


def _length_band(text: str) -> str:
    return next((f"≤{limit}" for limit in _LENGTHS if len(text) <= limit), f">{_LENGTHS[-1]}")


def _traffic(texts: Sequence[str]) -> _Traffic:
    terms: Counter[str] = Counter()
    for text in texts:
        terms.update(_terms(text))
    languages = Counter(str(detect_language(text)) for text in texts)
    return _Traffic(languages, Counter(map(_length_band, texts)), terms, len(texts))


def _by_client(paths: Sequence[Path]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in read_collection(paths).cases:
        if isinstance(case, ConversationCase | RecordedCase | EmergencyCase):
            found.setdefault(owner_of(case), []).append(_customer_text(case.turns))
    return found


def _shift(expected: Mapping[str, int], actual: Mapping[str, int]) -> Shift:
    if not sum(expected.values()):
        return Shift(index=0.0, reading="not evaluated")
    index = round(population_stability(expected, actual), 3)
    return Shift(
        index=index, reading="shifted" if index > _SHIFTED else "watch" if index > _WATCH else "stable"
    )


def _most(counts: Iterable[Counter[str]]) -> set[str]:
    return {word for counter in counts for word, _ in counter.most_common(_TOPIC_TERMS)}


def _new_words(live: _Traffic, evaluated: _Traffic) -> tuple[str, ...]:
    """Words of at least two live conversations that no evaluated one has."""
    if not evaluated.conversations:
        return ()
    unseen = [(n, word) for word, n in live.terms.items() if n > 1 and word not in evaluated.terms]
    return tuple(word for _, word in sorted(unseen, key=lambda pair: (-pair[0], pair[1]))[:_NEW_WORDS])


def _client(name: str, live: _Traffic, evaluated: _Traffic) -> ClientDrift:
    topics = _most((live.terms, evaluated.terms))
    return ClientDrift(
        client=name,
        live=live.conversations,
        evaluated=evaluated.conversations,
        language=_shift(evaluated.languages, live.languages),
        length=_shift(evaluated.lengths, live.lengths),
        topics=_shift({t: evaluated.terms[t] for t in topics}, {t: live.terms[t] for t in topics}),
        new_words=_new_words(live, evaluated),
    )


def drift(live: Sequence[Path], evaluated: Sequence[Path]) -> Drift:
    """Return the drift of each client with live traffic, those without any evaluation first.

    Raises DataSetError for a missing path.
    """
    known = _by_client(evaluated)
    clients = [
        _client(name, _traffic(texts), _traffic(known.get(name, [])))
        for name, texts in _by_client(live).items()
    ]
    return Drift(
        clients=tuple(sorted(clients, key=lambda row: (row.evaluated > 0, -row.topics.index, row.client)))
    )
