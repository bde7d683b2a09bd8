"""Fits copilot/suggestion/decision/deciding.yaml: `python -m evals.bench.fit_deciding DATASET…`.

A data set is a folder with `clients/` (or the sample clients) and `conversations*.jsonl`, with
`escalations*.jsonl` and `gold*.jsonl` beside them where there are any; short requests (`answerable*.jsonl`)
that say who decides (`to`) count less. Three fits, each logistic with a
ridge: which clause hands a case over (on the right article: those that name whom the careful human asks);
how requests in such words end (on the embedding, resolved precedents counting half); and from those and
the rest of the signs whether somebody else decides (on the article that the product chooses, with the
first two fitted on other clients). Printed figures are of clients that were left out.
"""

from __future__ import annotations

import math
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from copilot.assembly import Copilot, assemble
from copilot.authority import contacts_named
from copilot.pipeline import READ_CHARACTERS, read_signals
from copilot.request import AssistRequest
from copilot.retrieval import build_query, request_vectors, turn_vectors
from copilot.settings import Settings
from copilot.suggestion.asking.asking import guesses, missing_fact
from copilot.suggestion.case.frame import Frame, frame
from copilot.suggestion.choice.ranking import rank
from copilot.suggestion.choice.selection import choose, rules_of, with_referred
from copilot.suggestion.decision import deciding
from copilot.suggestion.decision.hand_over import MENTION_NAMES
from copilot.suggestion.decision.outcome import NEEDED, read
from copilot.suggestion.sums.amounts import Money, money_in_question
from evals.bench.embedding_cache import DiskCache
from evals.bench.fitting import Expected, Line, Rows, clients_of, lines, logistic, wrapped
from knowledge.model import ArticleHit, ClientKnowledge

TARGET = Path(deciding.__file__).with_name("deciding.yaml")
_ANSWERABLE = {"resolve", "escalate", "injection"}
_CANDIDATES, _SHOWN = 24, 3
_RIDGE_MENTION, _RIDGE_SIGNS, _RIDGE_WORDING = 0.1, 0.05, 1.0
_PRECEDENT_COUNTS = 0.5
# A short request beside a recorded conversation: there are many, and nobody shows an order card.
_SHORT_COUNTS = 0.3
_PARTS = 8

# What can only speak for somebody else, and what only against: with so few clauses the data would also say
# the reverse. Hardly a customer says a clause's own words; whoever does means it, and
# what is beyond doubt needs no wording besides.
_FOR = frozenset({
    "behind", "first", "met", "said", "open_said", "overlap", "condition_said", "dense", "late", "hands",
    "agent_cannot", "exact", "ranked", "alerted", "over", "claim_over", "both_over", "blocked",
    "limit_told", "overdue", "again", "wording", "named", "named_surely",
})  # fmt: skip
_AGAINST = frozenset({"broken", "denied", "not_late", "best_refuses", "first_refuses", "orders"})
_LEAST = {"open_said": 4.0, "named_surely": 1.5}


def _expected(names: Sequence[str]) -> list[Expected]:
    return [Expected((n in _FOR) - (n in _AGAINST), _LEAST.get(n, 0.0)) for n in names]


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation with its label: whether somebody else decides, and who (keys of the right ones)."""

    id: str
    client: str
    frame: Frame
    needed: bool
    right: frozenset[str]
    first: deciding.Reading | None
    relevant: deciding.Reading | None
    first_is_right: bool
    worth: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """A precedent: its vector, and whether somebody above the first tier decided it."""

    client: str
    vector: NDArray[np.float32]
    needed: bool


def read_cases(folder: Path, product: Copilot) -> Iterator[Case]:
    """Yield the labelled conversations of one data set folder."""
    to = {(e.get("client"), e["id"]): e.get("to") for e in lines(folder, "escalations*.jsonl")}
    gold = {g["id"]: g for g in lines(folder, "gold*.jsonl")}
    for line in lines(folder, "conversations*.jsonl"):
        if line["kind"] in _ANSWERABLE and line.get("authority"):
            yield _case(line, product, to.get((line["client"], line["id"])), gold.get(line["id"], {}))
    for line in lines(folder, "answerable*.jsonl"):
        if line["kind"] in _ANSWERABLE and "to" in line:
            yield replace(_case(line, product, line["to"], {}), worth=_SHORT_COUNTS)


def _case(line: dict[str, Any], product: Copilot, to: str | None, gold: dict[str, Any]) -> Case:
    request = AssistRequest.model_validate(
        {"client_id": line["client"], "turns": line["turns"], "now": line.get("now"),
         "agent": {"tier": line.get("agent_tier") or "L1"}}
    )  # fmt: skip
    conversation = request.conversation()
    base = product.knowledge
    known = base.client(conversation.client_id)
    signals = read_signals(conversation, known, turn_vectors(conversation, base.embed_turns))
    asked = request_vectors(conversation, base.embed_queries, base.embed_requests)
    query = build_query(conversation, asked)
    on = conversation.now.date()
    found = base.search(known.settings.id, query, on=on, limit=_CANDIDATES) if query else ()
    case = frame(
        conversation.shortened(READ_CHARACTERS), known, signals.facts, alerted=bool(signals.alerts),
        request=query.vector if query else None, asked=asked.asked if asked else None,
    )  # fmt: skip
    hits = rank(found, case)
    relevant = [hit for key in line.get("relevant", ()) for hit in hits if hit.article.id == key]
    said = f"{gold.get('reply') or ''} {' '.join(gold.get('steps') or ())}"
    named = contacts_named(said, known.settings, known.authority.tiers)
    return Case(
        id=line["id"],
        client=known.settings.id,
        frame=case,
        needed=line["authority"] == "needs_escalation",
        right=frozenset((*named, *([to] if to else ()))),
        first=_answered(hits[0], hits, case) if hits else None,
        relevant=_reading(relevant[0], hits, case) if relevant else None,
        first_is_right=bool(hits and relevant) and hits[0].article.id in line["relevant"],
    )


def _answered(hit: ArticleHit, hits: Sequence[ArticleHit], case: Frame) -> deciding.Reading | None:
    """What the product reads: without the rows that nobody's facts support."""
    rules = rules_of(hit, case)
    if not rules:
        return None
    chosen = with_referred(choose(rules, case), hits[:_SHOWN], case)
    missing = missing_fact(chosen, rules, case)
    doubtful = missing.undecided if missing else guesses(chosen, case)
    sure = tuple(rule for rule in chosen if rule not in doubtful) or chosen
    return read(sure, money_in_question(sure, case), case, hit.article)


def _reading(hit: ArticleHit, hits: Sequence[ArticleHit], case: Frame) -> deciding.Reading | None:
    rules = rules_of(hit, case)
    if not rules:
        return None
    chosen = with_referred(choose(rules, case), hits, case)
    money = money_in_question(chosen, case)
    return read(chosen, money, case, hit.article)


def resolved(known: ClientKnowledge, product: Copilot) -> Iterator[Resolved]:
    """Yield the client's precedents with who decided them."""
    precedents = list(known.precedents.values())
    vectors = product.knowledge.embed_queries([p.situation for p in precedents])
    above = {*known.authority.tiers[1:], *known.settings.contacts}
    for precedent, vector in zip(precedents, vectors, strict=True):
        words = set(re.findall(r"[A-Za-z]\w*", precedent.authority_used))
        yield Resolved(known.settings.id, np.asarray(vector), bool(words & above))


def fit_mention(cases: Sequence[Case]) -> Line:
    """Return which clause hands a case over."""
    rows, labels, worth = [], [], []
    for case in cases:
        for mention in case.relevant.named if case.relevant else ():
            if not mention.beyond_limit:
                rows.append([getattr(mention.signs, name) for name in MENTION_NAMES])
                labels.append(float(case.needed and bool(set(mention.keys) & case.right)))
                worth.append(case.worth)
    return logistic(
        np.array(rows), np.array(labels), _RIDGE_MENTION, _expected(MENTION_NAMES), np.array(worth)
    )


def fit_wording(cases: Sequence[Case], precedents: Sequence[Resolved]) -> Line:
    """Return how requests in such words end: a ridge regression on centred vectors."""
    asked = [c for c in cases if c.frame.request is not None]
    own = np.array([c.frame.request for c in asked], np.float64)
    theirs = np.array([p.vector for p in precedents], np.float64)
    needed = np.array([c.needed for c in asked], np.float64)
    ended = np.array([p.needed for p in precedents], np.float64)
    counts = np.array([c.worth for c in asked])
    middle, share = np.average(own, axis=0, weights=counts), float(np.average(needed, weights=counts))
    rows = np.vstack([own - middle, theirs - theirs.mean(axis=0)])
    labels = np.concatenate([needed - share, ended - ended.mean()])
    worth = np.concatenate([counts, np.full(len(theirs), _PRECEDENT_COUNTS)])
    square = (rows * worth[:, None]).T @ rows + _RIDGE_WORDING * np.eye(rows.shape[1])
    weights = np.linalg.solve(square, (rows * worth[:, None]).T @ labels)
    return Line(weights, share - float(middle @ weights))


def _weights(
    mention: Line, wording: Line, signs: Line | None = None, neutral: float = 0.0
) -> deciding.Weights:
    known = signs or Line(np.zeros(len(deciding.NAMES)), 0.0)
    return deciding.Weights(
        signs=dict(zip(deciding.NAMES, map(float, known.weights), strict=True)),
        bias=float(known.bias),
        mention=dict(zip(MENTION_NAMES, map(float, mention.weights), strict=True)),
        mention_bias=float(mention.bias),
        wording=wording.weights,
        wording_bias=float(wording.bias),
        wording_neutral=neutral,
    )


_NOTHING = deciding.Reading((), (), (), Money())


def sign_rows(readings: Sequence[tuple[Case, deciding.Reading | None]], weights: deciding.Weights) -> Rows:
    """Return the signs of each case, shape (cases, signs)."""
    found = [deciding.signs_of(reading or _NOTHING, case.frame, weights) for case, reading in readings]
    return np.array([[getattr(signs, name) for name in deciding.NAMES] for signs in found])


def fit(cases: Sequence[Case], precedents: Sequence[Resolved]) -> deciding.Weights:
    """Return all weights; the signs of a client's cases come from fits on the other clients."""
    rows, labels, worth = [], [], []
    for client in sorted({c.client for c in cases}):
        own = [c for c in cases if c.client == client]
        others = [c for c in cases if c.client != client]
        parts = _weights(fit_mention(others), fit_wording(others, _without(precedents, client)))
        rows.append(sign_rows([(c, c.first) for c in own], parts))
        labels += [float(c.needed) for c in own]
        worth += [c.worth for c in own]
    table, needed = np.vstack(rows), np.array(labels)
    signs = logistic(table, needed, _RIDGE_SIGNS, _expected(deciding.NAMES), np.array(worth))
    wording = table[:, deciding.NAMES.index("wording")]
    neutral = float(wording[needed > 0].mean() + wording[needed == 0].mean()) / 2
    return _weights(fit_mention(cases), fit_wording(cases, precedents), signs, neutral)


def _without(precedents: Sequence[Resolved], client: str) -> list[Resolved]:
    return [p for p in precedents if p.client != client]


def _likelihoods(readings: Sequence[tuple[Case, deciding.Reading | None]], weights: deciding.Weights) -> Rows:
    line = Line(np.array([weights.signs[name] for name in deciding.NAMES]), weights.bias)
    return line.of(sign_rows(readings, weights))


def report(cases: Sequence[Case], precedents: Sequence[Resolved]) -> None:
    """Print how often the verdict is right for clients that were left out, an eighth of them at a time."""
    found: list[_Right] = []
    clients = sorted({c.client for c in cases})
    line = math.log(NEEDED / (1 - NEEDED))
    for left in (frozenset(clients[at::_PARTS]) for at in range(_PARTS)):
        own = [c for c in cases if c.client in left]
        weights = fit(
            [c for c in cases if c.client not in left], [p for p in precedents if p.client not in left]
        )
        needed = np.array([c.needed for c in own])
        right = (_likelihoods([(c, c.first) for c in own], weights) >= line) == needed
        better = (_likelihoods([(c, c.relevant) for c in own], weights) >= line) == needed
        found += [_Right(c, bool(f), bool(r)) for c, f, r in zip(own, right, better, strict=True)]
    for client in clients:
        theirs = [r for r in found if r.case.client == client]
        wrong = " ".join(r.case.id for r in theirs if not r.first)
        print(f"{client:12} n={len(theirs):3} right={np.mean([r.first for r in theirs]):.3f} {wrong}")
    for short, source in ((False, "recorded"), (True, "short")):
        some = [r for r in found if (r.case.worth < 1) == short]
        if some:
            _report_of(source, some)


@dataclass(frozen=True, slots=True)
class _Right:
    """Whether the verdict on a case is right, on the article chosen and on the relevant one."""

    case: Case
    first: bool
    relevant: bool


def _report_of(source: str, found: Sequence[_Right]) -> None:
    chosen = [r.first for r in found if r.case.first_is_right]
    relevant = [r.relevant for r in found if r.case.relevant]
    unseen = [not r.first for r in found if r.case.needed]
    right = np.mean([r.first for r in found])
    print(
        f"{source} right={right:.3f} (n={len(found)}), where the first article is right "
        f"{np.mean(chosen):.3f} (n={len(chosen)}), on the relevant article {np.mean(relevant):.3f} "
        f"(n={len(relevant)}), unseen of those needed {np.mean(unseen):.3f} (n={len(unseen)})"
    )


def write(weights: deciding.Weights) -> None:
    """Write the weights as data."""
    content = {
        "signs": {n: round(v, 3) for n, v in weights.signs.items()},
        "bias": round(weights.bias, 3),
        "mention": {n: round(v, 3) for n, v in weights.mention.items()},
        "mention_bias": round(weights.mention_bias, 3),
        "wording_bias": round(weights.wording_bias, 4),
        "wording_neutral": round(weights.wording_neutral, 4),
    }
    numbers = ", ".join(f"{v:.3f}" for v in weights.wording)
    head = "# Fitted by `python -m evals.bench.fit_deciding`; signs: see deciding.py and hand_over.py.\n"
    text = head + yaml.safe_dump(content, sort_keys=False)
    text += "# A direction of the embedding (multilingual-e5-small): requests that end with somebody else.\n"
    TARGET.write_text(f"{text}wording: [{wrapped(numbers)}]\n", encoding="utf-8")


def main(folders: Sequence[str]) -> None:
    """Fit on the named data sets, print leave-one-client-out figures, write the weights."""
    cases: list[Case] = []
    precedents: list[Resolved] = []
    cache = Path(tempfile.gettempdir()) / "agent-copilot-fit.sqlite"
    with tempfile.TemporaryDirectory() as home:
        product = assemble(Settings(data_dir=Path(home)), lambda plain: DiskCache(plain, cache))
        for folder in map(Path, folders):
            for client in clients_of(folder):
                product.knowledge.import_folder(client)
            cases += read_cases(folder, product)
        for client_id in sorted({c.client for c in cases}):
            precedents += resolved(product.knowledge.client(client_id), product)
        product.close()
    report(cases, precedents)
    write(fit(cases, precedents))


if __name__ == "__main__":
    main(sys.argv[1:])
