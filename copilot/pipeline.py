"""The way of a turn, and the only place where its order is visible.

signals → retrieval → authority and suggestion → verification → escalation draft.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from copilot.abstention import abstain, answers
from copilot.answer import Abstention, Alert, Answer, Check, Escalation, Fact, Precedent, Promise, Suggestion
from copilot.authority import check_commitments
from copilot.conversation import Conversation
from copilot.escalation import Findings, draft
from copilot.request import DEFAULT_WANT, Want
from copilot.retrieval import TurnVectors, build_query, turn_vectors
from copilot.signals.emergency import Detection, detect
from copilot.signals.emergency.detection import Layers
from copilot.signals.facts import find_facts
from copilot.signals.forbidden import find_forbidden
from copilot.signals.promise import find_promises
from copilot.signals.reasked import find_reasked
from copilot.signals.smalltalk import needs_no_answer
from copilot.signals.stock_phrase import check_replies
from copilot.signals.unanswered import find_unanswered
from copilot.suggestion.embedded import compose, frame
from copilot.suggestion.ranking import rank
from copilot.suggestion.verification import verify
from knowledge.base import KnowledgeBase
from knowledge.embedding import EmbeddingError
from knowledge.model import ArticleHit, ClientKnowledge, SearchQuery

MAX_SUGGESTIONS = 3
# Of one turn, for advice: a pasted megabyte has no more to say. Signals read everything.
READ_CHARACTERS = 2_000
# How many articles the search offers for the whole case to choose from.
CANDIDATES = 24


@dataclass(frozen=True, slots=True)
class Signals:
    """What the turns say by themselves: no knowledge, no model, no network."""

    alerts: tuple[Alert, ...]
    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    promises: tuple[Promise, ...]
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What the knowledge says to them. `hits` are the articles it rests on, best first."""

    suggestions: tuple[Suggestion, ...] = ()
    abstained: Abstention | None = None
    hits: tuple[ArticleHit, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One conversation in, one answer out. Safe between threads."""

    knowledge: KnowledgeBase

    def assist(
        self,
        conversation: Conversation,
        want: Collection[Want] = DEFAULT_WANT,
        request_id: str | None = None,
    ) -> Answer:
        """Return the answer to `conversation`; raise UnknownClientError for a client without knowledge."""
        watch = _Watch()
        known = self.knowledge.client(conversation.client_id)
        vectors = self._vectors(conversation)
        watch.lap("embedding")
        signals = read_signals(conversation, known, vectors)
        watch.lap("signals")
        query = build_query(conversation, vectors) if vectors is not None else None
        hits = self._hits(conversation, known, query)
        precedents = self._precedents(conversation.client_id, query) if "precedents" in want else ()
        watch.lap("retrieval")
        read = conversation.shortened(READ_CHARACTERS)
        quiet = needs_no_answer(read) and not signals.alerts
        advice = Advice() if quiet else advise(read, known, signals, hits)
        watch.lap("suggestion")
        escalation = escalate(read, known, signals, advice) if "escalation" in want else None
        return Answer(
            request_id=request_id or uuid.uuid4().hex,
            client_id=conversation.client_id,
            knowledge_version=known.version,
            mode="embedded",
            degraded=signals.degraded,
            timings_ms=watch.timings(),
            alerts=signals.alerts if "alerts" in want else (),
            facts=signals.facts if "facts" in want else (),
            checks=signals.checks if "checks" in want else (),
            promises=signals.promises if "promises" in want else (),
            suggestions=advice.suggestions if "suggestions" in want else (),
            abstained=advice.abstained if "suggestions" in want else None,
            precedents=() if quiet else precedents,
            escalation=escalation,
        )

    def signals(self, conversation: Conversation, *, embed: bool = True) -> Signals:
        """Return the signals alone: what the path of a live turn needs at once.

        Without `embed` they take a millisecond or two, and only what the rules are certain of raises an
        alert: `alarms` has the rest.
        """
        known = self.knowledge.client(conversation.client_id)
        if not embed:
            return read_signals(conversation, known, None, Layers(classifier_follows=True))
        return read_signals(conversation, known, self._vectors(conversation, with_request=False))

    def alarms(self, conversation: Conversation) -> Detection:
        """Return every danger of the conversation; takes as long as embedding its last turn."""
        known = self.knowledge.client(conversation.client_id)
        vectors = self._vectors(conversation, with_request=False)
        return detect(conversation, _by_index(vectors), known.settings)

    def _vectors(self, conversation: Conversation, *, with_request: bool = True) -> TurnVectors | None:
        """The turns' vectors; None where the embedder cannot be had (the answer is then degraded)."""
        try:
            return turn_vectors(conversation, self.knowledge.embed_queries, with_request=with_request)
        except EmbeddingError:
            return None

    def _hits(
        self, conversation: Conversation, known: ClientKnowledge, query: SearchQuery | None
    ) -> tuple[ArticleHit, ...]:
        if query is None:
            return ()
        today = conversation.now.astimezone(ZoneInfo(known.settings.timezone)).date()
        return self.knowledge.search(conversation.client_id, query, on=today, limit=CANDIDATES)

    def _precedents(self, client_id: str, query: SearchQuery | None) -> tuple[Precedent, ...]:
        if query is None:
            return ()
        hits = self.knowledge.search_precedents(client_id, query)
        return tuple(
            Precedent(
                case_id=hit.precedent.id,
                situation=hit.precedent.situation,
                what_was_done=hit.precedent.what_was_done,
                outcome=hit.precedent.outcome,
                authority_used=hit.precedent.authority_used,
                similarity=round(hit.similarity, 3),
            )
            for hit in hits
        )


def read_signals(
    conversation: Conversation,
    known: ClientKnowledge,
    vectors: TurnVectors | None,
    layers: Layers | None = None,
) -> Signals:
    """Return what the turns say by themselves."""
    detection = detect(conversation, _by_index(vectors), known.settings, layers=layers)
    facts = find_facts(conversation, known.settings.timezone)
    checks = (
        *check_replies(conversation, facts),
        *find_reasked(conversation, facts),
        *find_unanswered(conversation),
        *find_forbidden(conversation, known.settings),
        *check_commitments(conversation, known.authority),
    )
    return Signals(
        alerts=detection.alerts,
        facts=facts,
        checks=checks,
        promises=find_promises(conversation, known.settings.timezone),
        degraded=detection.degraded,
    )


def _by_index(vectors: TurnVectors | None) -> Mapping[int, NDArray[np.float32]] | None:
    if vectors is None:
        return None
    return {turn.index: row for turn, row in zip(vectors.turns, vectors.matrix, strict=True)}


def advise(
    conversation: Conversation, known: ClientKnowledge, signals: Signals, hits: Sequence[ArticleHit]
) -> Advice:
    """Return suggestions that hold, or the abstention that says what is not known."""
    if any(a.level == "emergency" and a.category != "official_request" for a in signals.alerts):
        # The protocol comes first; nothing beside it competes for attention.
        return Advice(hits=tuple(hits))
    case = frame(conversation, known, signals.facts, alerted=bool(signals.alerts))
    hits = rank(hits, case)
    if not answers(hits):
        return Advice(abstained=abstain(case, hits), hits=tuple(hits))
    composed = compose(hits[:MAX_SUGGESTIONS], case)
    suggestions = [shown for s in composed if (shown := verify(s, case)) is not None]
    if not suggestions:
        return Advice(abstained=abstain(case, hits), hits=tuple(hits))
    return Advice(suggestions=tuple(suggestions[:MAX_SUGGESTIONS]), hits=tuple(hits))


def escalate(
    conversation: Conversation, known: ClientKnowledge, signals: Signals, advice: Advice
) -> Escalation:
    """Return the draft for the client company."""
    return draft(
        conversation,
        known,
        Findings(
            alerts=signals.alerts,
            facts=signals.facts,
            promises=signals.promises,
            suggestion=advice.suggestions[0] if advice.suggestions else None,
            abstained=advice.abstained,
            hits=advice.hits,
        ),
    )


class _Watch:
    """Milliseconds between laps, and in total."""

    def __init__(self) -> None:
        self._start = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = perf_counter()
        self._laps[name] = round((now - self._last) * 1000, 2)
        self._last = now

    def timings(self) -> dict[str, float]:
        return {**self._laps, "total": round((perf_counter() - self._start) * 1000, 2)}
