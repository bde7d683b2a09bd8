"""How far live traffic has moved from the evaluated sets, client by client: words, meaning, alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from copilot.language import detect_language
from copilot.request import TurnIn
from evals.cases import ConversationCase, EmergencyCase, RecordedCase
from evals.datasets import read_collection
from evals.figures import Figure, owner_of
from evals.impressions import Impressed, Impression
from evals.stats import fisher_exact, population_stability, wilson
from knowledge.text import tokens

_WATCH, _SHIFTED = 0.1, 0.25  # the usual reading of the population stability index
_TOPIC_TERMS = 60  # the most frequent terms of both sides; rarer ones are noise at these sizes
_NEW_WORDS = 8
_USUAL_FAR = 0.05  # of the evaluated conversations themselves lie farther from the others
_FEWEST = 10  # evaluated conversations below which "far" says nothing
_SURE = 0.01  # two-sided p of the alert rates: one client in a hundred is called shifted by chance
_LENGTHS = (10, 25, 50, 100, 200)  # characters of all customer turns together


class Shift(BaseModel):
    """A population stability index and its usual reading."""

    model_config = ConfigDict(frozen=True)

    index: float
    reading: str


class Meaning(BaseModel):
    """Where live conversations lie among the evaluated ones in the embedding space.

    `distance` is the cosine distance of the two centroids; `far` the share of live conversations whose
    nearest evaluated one is farther than it is for 95% of the evaluated ones among themselves.
    """

    model_config = ConfigDict(frozen=True)

    distance: float
    far: Figure
    reading: str
    farthest: tuple[str, ...]


class Alerts(BaseModel):
    """Shares of conversations that alarm, and Fisher's exact two-sided p that they are the same."""

    model_config = ConfigDict(frozen=True)

    live: Figure
    evaluated: Figure
    p: float
    reading: str


class ClientDrift(BaseModel):
    """One client: conversations on both sides, and how far three distributions moved.

    `meaning` and `alerts` are None where nobody looked, or there is too little to compare.
    """

    model_config = ConfigDict(frozen=True)

    client: str
    live: int
    evaluated: int
    language: Shift
    length: Shift
    topics: Shift
    new_words: tuple[str, ...]
    meaning: Meaning | None = None
    alerts: Alerts | None = None


class Drift(BaseModel):
    """All clients with live traffic, most shifted first."""

    model_config = ConfigDict(frozen=True)

    clients: tuple[ClientDrift, ...]


@dataclass(frozen=True, slots=True)
class _Talk:
    """One conversation; `usual` is false for cases that were written to test alarms."""

    id: str
    lang: str
    turns: tuple[TurnIn, ...]
    usual: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    id: str
    usual: bool
    impression: Impression


@dataclass(frozen=True, slots=True, eq=False)
class _Traffic:
    languages: Counter[str]
    lengths: Counter[str]
    terms: Counter[str]
    conversations: int
    seen: tuple[_Seen, ...] = ()


def _customer_text(turns: Sequence[TurnIn]) -> str:
    return " ".join(turn.text for turn in turns if turn.role == "customer")


def _terms(text: str) -> set[str]:
    return {word for word in tokens(text) if len(word) > 1 and not any(c.isdigit() for c in word)}


def _length_band(text: str) -> str:
    return next((f"≤{limit}" for limit in _LENGTHS if len(text) <= limit), f">{_LENGTHS[-1]}")


def _traffic(talks: Sequence[_Talk], eye: Impressed | None) -> _Traffic:
    texts = [_customer_text(talk.turns) for talk in talks]
    terms: Counter[str] = Counter()
    for text in texts:
        terms.update(_terms(text))
    languages = Counter(str(detect_language(text)) for text in texts)
    seen = tuple(_Seen(t.id, t.usual, eye.look(t.turns, t.lang)) for t in talks) if eye is not None else ()
    return _Traffic(languages, Counter(map(_length_band, texts)), terms, len(texts), seen)


def _by_client(paths: Sequence[Path]) -> dict[str, list[_Talk]]:
    found: dict[str, list[_Talk]] = {}
    for case in read_collection(paths).cases:
        if isinstance(case, ConversationCase | RecordedCase | EmergencyCase):
            usual = not isinstance(case, EmergencyCase)
            found.setdefault(owner_of(case), []).append(_Talk(case.id, case.lang, case.turns, usual))
    return found


def _figure(hits: int, n: int) -> Figure:
    value = hits / n if n else 0.0
    interval = wilson(value, n)
    return Figure(value=round(value, 4), n=n, low=round(interval.low, 4), high=round(interval.high, 4))


def _matrix(seen: Sequence[_Seen]) -> NDArray[np.float32]:
    rows = [one.impression.vector for one in seen if one.impression.vector is not None]
    return np.stack(rows) if rows else np.empty((0, 0), np.float32)


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The cosine distance of two sets' centroids."""
    a, b = one.mean(axis=0), other.mean(axis=0)
    return round(1.0 - float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))), 4)


def _usual_nearness(evaluated: NDArray[np.float32]) -> float:
    """The cosine to the nearest other that 95% of the evaluated conversations reach."""
    cosines = evaluated @ evaluated.T
    np.fill_diagonal(cosines, -1.0)
    return float(np.quantile(cosines.max(axis=1), _USUAL_FAR))


def _meaning(live: Sequence[_Seen], evaluated: Sequence[_Seen]) -> Meaning | None:
    placed = [one for one in live if one.impression.vector is not None]
    there = _matrix([one for one in evaluated if one.usual])
    if not placed or len(there) < _FEWEST:
        return None
    here = _matrix(placed)
    nearest = (here @ there.T).max(axis=1)
    limit = _usual_nearness(there)
    strange = sorted((float(near), one.id) for near, one in zip(nearest, placed, strict=True) if near < limit)
    far = _figure(len(strange), len(placed))
    reading = "shifted" if far.low > _USUAL_FAR else "watch" if far.value > 2 * _USUAL_FAR else "stable"
    farthest = tuple(name for _, name in strange[:_NEW_WORDS])
    return Meaning(distance=_distance(here, there), far=far, reading=reading, farthest=farthest)


def _alerts(live: Sequence[_Seen], evaluated: Sequence[_Seen]) -> Alerts | None:
    usual = [one for one in evaluated if one.usual]  # cases written to alarm say nothing about a rate
    if not live or not usual:
        return None
    here, there = (sum(one.impression.alarms for one in side) for side in (live, usual))
    p = fisher_exact(here, len(live), there, len(usual))
    return Alerts(
        live=_figure(here, len(live)),
        evaluated=_figure(there, len(usual)),
        p=round(p, 5),
        reading="shifted" if p < _SURE else "stable",
    )


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
        meaning=_meaning(live.seen, evaluated.seen),
        alerts=_alerts(live.seen, evaluated.seen),
    )


def drift(live: Sequence[Path], evaluated: Sequence[Path], eye: Impressed | None = None) -> Drift:
    """Return the drift of each client with live traffic, those without any evaluation first.

    With an `eye` every conversation is embedded and looked at for alerts; without, only words count.

    Raises DataSetError for a missing path.
    """
    known = _by_client(evaluated)
    clients = [
        _client(name, _traffic(talks, eye), _traffic(known.get(name, []), eye))
        for name, talks in _by_client(live).items()
    ]
    return Drift(
        clients=tuple(sorted(clients, key=lambda row: (row.evaluated > 0, -row.topics.index, row.client)))
    )
