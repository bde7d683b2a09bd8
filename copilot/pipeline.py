"""The way of a turn, and the only place where its order is visible.

signals → retrieval → authority and suggestion → verification → escalation draft.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from copilot.abstention import abstain, answers
from copilot.answer import (
    Abstention,
    Alert,
    Answer,
    Check,
    Escalation,
    Fact,
    ModelUse,
    Precedent,
    Priority,
    Promise,
    Suggestion,
)
from copilot.authority import check_commitments
from copilot.conversation import Conversation
from copilot.escalation import Findings, draft, nearness
from copilot.escalation.llm import WordedEscalation, word_escalation
from copilot.logs import log
from copilot.models.chat import Cancellation, ModelError
from copilot.models.purposes import NO_MODELS, Models
from copilot.request import DEFAULT_WANT, Want
from copilot.retrieval import RequestVectors, TurnVectors, build_query, request_vectors, turn_vectors
from copilot.signals.check_messages import in_agents_language
from copilot.signals.emergency import Detection, detect
from copilot.signals.emergency.detection import Layers
from copilot.signals.emergency.second_reading import read_again
from copilot.signals.facts import find_facts
from copilot.signals.forbidden import find_forbidden
from copilot.signals.promise import find_promises
from copilot.signals.reasked import find_reasked
from copilot.signals.smalltalk import needs_no_answer
from copilot.signals.stock_phrase import check_replies
from copilot.signals.unanswered import find_unanswered
from copilot.suggestion.beside_alarm import beside_alarm, emergencies, left_behind
from copilot.suggestion.case.evidence import gather
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.precedents import alike
from copilot.suggestion.choice.quiet import is_quiet, quiet_text
from copilot.suggestion.choice.ranking import rank, worth_showing
from copilot.suggestion.embedded import compose, frame
from copilot.suggestion.model.llm import Wish, Writers, word
from copilot.suggestion.verification import verify
from knowledge.base import KnowledgeBase
from knowledge.embedding import EmbeddingError
from knowledge.model import ArticleHit, ClientKnowledge, SearchQuery

MAX_SUGGESTIONS = 3
# Of one turn, for advice: a pasted megabyte has no more to say. Signals read everything.
READ_CHARACTERS = 2_000
# How many articles the search offers for the whole case to choose from.
CANDIDATES = 24
# In `degraded` where the request could not be embedded: no article was looked for.
RETRIEVAL = "retrieval"


_Found = TypeVar("_Found")
# Named in `degraded` only where an error of ours ended them.
STAGES = ("embedding", "suggestion", "wording", "escalation")
# What goes on where a stage has failed.
_UNEMBEDDED: tuple[TurnVectors | None, RequestVectors | None] = (None, None)
_UNFOUND: tuple[tuple[ArticleHit, ...], tuple[Precedent, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class Signals:
    """What the turns say by themselves: no knowledge, no model, no network."""

    alerts: tuple[Alert, ...]
    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    promises: tuple[Promise, ...]
    degraded: tuple[str, ...] = ()
    uses: tuple[ModelUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What the knowledge says to them. `hits` are the articles it rests on, best first.

    `request` is the open request's vector, `case` what the suggestions were composed for; `by_model`
    says that a model worded the first one.
    """

    suggestions: tuple[Suggestion, ...] = ()
    abstained: Abstention | None = None
    hits: tuple[ArticleHit, ...] = ()
    request: NDArray[np.float32] | None = field(default=None, compare=False)
    case: Frame | None = None
    by_model: bool = False
    uses: tuple[ModelUse, ...] = ()
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """The next verified sentence of a suggestion that is being worded; the whole suggestion replaces it."""

    text: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One conversation in, one answer out. Safe between threads. Without models nothing is missing."""

    knowledge: KnowledgeBase
    models: Models = NO_MODELS

    def assist(  # noqa: PLR0913 - keywords are the options of one look
        self,
        conversation: Conversation,
        want: Collection[Want] = DEFAULT_WANT,
        request_id: str | None = None,
        *,
        on_delta: Callable[[Delta], None] | None = None,
        cancel: Cancellation | None = None,
        instruction: str | None = None,
    ) -> Answer:
        """Return the answer to `conversation`; raise UnknownClientError for a client without knowledge.

        With a model: `on_delta` hears each verified sentence as it is worded, `instruction` is the agent's
        wish for the wording, `cancel` ends the model's work (the composed answer is returned).
        """
        stages = _Stages()
        known = self.knowledge.client(conversation.client_id)
        # Rules by the hour or the day mean the client's; callers and our own clock tell UTC.
        conversation = conversation.in_zone(known.settings.timezone)
        turns, asked = stages.run(
            "embedding", lambda: (self._turns(conversation), self._request(conversation)), _UNEMBEDDED
        )
        signals = read_signals(conversation, known, turns)
        stages.lap("signals")
        signals = self._second_reading(conversation, known, signals, cancel)
        unread = () if asked is not None or not _has_spoken(conversation) else (RETRIEVAL,)
        read = conversation.shortened(READ_CHARACTERS)
        hits, precedents = stages.run(
            "retrieval", lambda: self._retrieved(conversation, known, asked, "precedents" in want), _UNFOUND
        )
        quiet = not signals.alerts and (needs_no_answer(read) or self._says_thanks(read))
        advice = stages.run(
            "suggestion", lambda: Advice() if quiet else advise(read, known, signals, hits, asked), Advice()
        )
        advice = replace(advice, request=asked.request if asked is not None else None)
        if "suggestions" in want:
            wish = Wish(instruction, _telling(on_delta), cancel)
            advice = stages.run("wording", lambda: self._worded(advice, wish), advice)
        handed: WordedEscalation | None = None
        if "escalation" in want:
            handed = stages.run(
                "escalation", lambda: self._handed_over(read, known, signals, advice, cancel), None
            )
        return Answer(
            request_id=request_id or uuid.uuid4().hex,
            client_id=conversation.client_id,
            knowledge_version=known.version,
            mode="llm" if advice.by_model else "embedded",
            degraded=_once(
                signals.degraded, unread, advice.degraded, handed.degraded if handed else (), stages.failed
            ),
            timings_ms=stages.timings(),
            alerts=signals.alerts if "alerts" in want else (),
            facts=signals.facts if "facts" in want else (),
            checks=signals.checks if "checks" in want else (),
            promises=signals.promises if "promises" in want else (),
            suggestions=advice.suggestions if "suggestions" in want else (),
            abstained=advice.abstained if "suggestions" in want else None,
            precedents=() if quiet else precedents,
            escalation=handed.escalation if handed else None,
            usage=(*signals.uses, *advice.uses, *(handed.uses if handed else ())),
        )

    def _says_thanks(self, conversation: Conversation) -> bool:
        """Whether the open request is small talk in words that no list has."""
        text = quiet_text(conversation)
        try:
            return bool(text) and is_quiet(text, self.knowledge.embed_queries([text])[0])
        except EmbeddingError:
            return False

    def _second_reading(
        self,
        conversation: Conversation,
        known: ClientKnowledge,
        signals: Signals,
        cancel: Cancellation | None,
    ) -> Signals:
        """The signals with what a model adds to the alerts; where life is at stake it is not asked."""
        speaker = self.models.second_reading
        if speaker is None or any(alert.level == "emergency" for alert in signals.alerts):
            return signals
        read = conversation.shortened(READ_CHARACTERS)
        try:
            again = read_again(read, signals.alerts, known.settings, speaker, cancel)
        except ModelError as error:
            return replace(signals, degraded=(*signals.degraded, f"second_reading:{error.fault}"))
        return replace(signals, alerts=again.alerts, uses=(again.use,))

    def _worded(self, advice: Advice, wish: Wish) -> Advice:
        """The advice with its first suggestion in a model's words, as far as they hold."""
        speaker = self.models.suggestion
        if speaker is None or advice.case is None or not advice.suggestions:
            return advice
        writers = Writers(speaker, self.models.judge, self._similarity)
        first, *others = advice.suggestions
        worded = word(first, advice.hits, advice.case, writers, wish)
        return replace(
            advice,
            suggestions=(worded.suggestion, *others),
            by_model=worded.by_model,
            uses=worded.uses,
            degraded=worded.degraded,
        )

    def _similarity(self, text: str, others: Sequence[str]) -> float:
        """The cosine of `text` with the nearest of `others`; 0 where nothing can be embedded."""
        try:
            rows = np.asarray(self.knowledge.embed_queries([text, *others]))
        except EmbeddingError:
            return 0.0
        return float((rows[1:] @ rows[0]).max()) if others else 0.0

    def _handed_over(
        self,
        conversation: Conversation,
        known: ClientKnowledge,
        signals: Signals,
        advice: Advice,
        cancel: Cancellation | None,
    ) -> WordedEscalation:
        drafted = escalate(conversation, known, signals, advice, self._nearness(known, advice.request))
        if self.models.escalation is None:
            return WordedEscalation(drafted, (), ())
        return word_escalation(drafted, conversation, known, self.models.escalation, cancel)

    def _nearness(
        self, known: ClientKnowledge, request: NDArray[np.float32] | None
    ) -> Mapping[Priority, float]:
        """How near the request is to what each priority means; nothing where nothing can be embedded."""
        try:
            return {} if request is None else nearness(request, known.settings, self.knowledge.embed_queries)
        except EmbeddingError:
            return {}

    def signals(self, conversation: Conversation, *, embed: bool = True) -> Signals:
        """Return the signals alone: what the path of a live turn needs at once.

        Without `embed` they take a millisecond or two, and only what the rules are certain of raises an
        alert: `alarms` has the rest.
        """
        known = self.knowledge.client(conversation.client_id)
        if not embed:
            return read_signals(conversation, known, None, Layers(classifier_follows=True))
        return read_signals(conversation, known, self._turns(conversation))

    def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
        """Return every danger of the conversation; takes as long as embedding its last turn.

        Without `embed` it returns at once what the rules suspect, certain or not.
        """
        known = self.knowledge.client(conversation.client_id)
        vectors = self._turns(conversation) if embed else None
        return detect(conversation, _by_index(vectors), known.settings)

    def _turns(self, conversation: Conversation) -> TurnVectors | None:
        """The turns' vectors; None where they cannot be had (the answer is then degraded)."""
        try:
            return turn_vectors(conversation, self.knowledge.embed_turns)
        except EmbeddingError:
            return None

    def _request(self, conversation: Conversation) -> RequestVectors | None:
        """The open request's vectors; None where there is none, or where they cannot be had."""
        try:
            return request_vectors(conversation, self.knowledge.embed_queries, self.knowledge.embed_requests)
        except EmbeddingError:
            return None

    def _retrieved(
        self,
        conversation: Conversation,
        known: ClientKnowledge,
        asked: RequestVectors | None,
        with_precedents: bool,
    ) -> tuple[tuple[ArticleHit, ...], tuple[Precedent, ...]]:
        query = build_query(conversation, asked)
        hits = self._hits(conversation, known, query)
        return hits, self._precedents(conversation, known, query) if with_precedents else ()

    def _hits(
        self, conversation: Conversation, known: ClientKnowledge, query: SearchQuery | None
    ) -> tuple[ArticleHit, ...]:
        if query is None:
            return ()
        today = conversation.now.date()
        return self.knowledge.search(conversation.client_id, query, on=today, limit=CANDIDATES)

    def _precedents(
        self, conversation: Conversation, known: ClientKnowledge, query: SearchQuery | None
    ) -> tuple[Precedent, ...]:
        if query is None:
            return ()
        every = len(known.precedents)
        hits = self.knowledge.search_precedents(conversation.client_id, query, limit=every)
        like = alike(hits, gather(conversation.shortened(READ_CHARACTERS)), known)
        return tuple(
            Precedent(
                case_id=hit.precedent.id,
                situation=hit.precedent.situation,
                what_was_done=hit.precedent.what_was_done,
                outcome=hit.precedent.outcome,
                authority_used=hit.precedent.authority_used,
                similarity=round(hit.similarity, 3),
            )
            for hit in like
        )


def read_signals(
    conversation: Conversation,
    known: ClientKnowledge,
    vectors: TurnVectors | None,
    layers: Layers | None = None,
) -> Signals:
    """Return what the turns say by themselves; a reading that fails is named in `degraded`, the rest stands.

    The detector of emergencies looks after its own layers.
    """
    detection = detect(conversation, _by_index(vectors), known.settings, layers=layers)
    degraded: list[str] = list(detection.degraded)
    zone = known.settings.timezone
    facts = _reading("facts", lambda: find_facts(conversation, zone), degraded)
    checks = (
        *_reading("stock_phrases", lambda: check_replies(conversation, facts), degraded),
        *_reading("reasked_facts", lambda: find_reasked(conversation, facts), degraded),
        *_reading("unanswered_questions", lambda: find_unanswered(conversation), degraded),
        *_reading(
            "forbidden_wording",
            lambda: find_forbidden(conversation, known.settings, detection.alerts),
            degraded,
        ),
        *_reading("authority", lambda: check_commitments(conversation, known.authority, known), degraded),
    )
    promises = _reading("promises", lambda: find_promises(conversation, zone), degraded)
    spoken = tuple(in_agents_language(check, known.settings.language) for check in checks)
    return Signals(detection.alerts, facts, spoken, promises, tuple(degraded))


# What a reader of wild text stumbles over. None of it may take the alerts of the turn with it.
_STUMBLES = (ValueError, LookupError, ArithmeticError, TypeError, re.error)


def _reading(name: str, read: Callable[[], Sequence[_Found]], degraded: list[str]) -> tuple[_Found, ...]:
    """What `read` finds; nothing, with its name in `degraded`, where it fails."""
    try:
        return tuple(read())
    except _STUMBLES as error:
        # The message may hold what a customer said: only the kind of error is logged.
        log().error("reading failed", what=name, kind=type(error).__name__)
        degraded.append(name)
        return ()


def _once(*named: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(itertools.chain(*named)))


def _has_spoken(conversation: Conversation) -> bool:
    return any(turn.text.strip() for turn in conversation.customer_turns)


def _by_index(vectors: TurnVectors | None) -> Mapping[int, NDArray[np.float32]] | None:
    if vectors is None:
        return None
    return {turn.index: row for turn, row in zip(vectors.turns, vectors.matrix, strict=True)}


def advise(
    conversation: Conversation,
    known: ClientKnowledge,
    signals: Signals,
    hits: Sequence[ArticleHit],
    asked: RequestVectors | None = None,
) -> Advice:
    """Return suggestions that hold, or the abstention that says what is not known.

    `asked` is the open request; None where nothing could be embedded.
    """
    case = frame(
        conversation,
        known,
        signals.facts,
        alerted=not left_behind(signals.alerts, conversation),
        dangers=[alert.category for alert in signals.alerts],
        request=asked.request if asked is not None else None,
        asked=asked.asked if asked is not None else None,
    )
    hits = rank(hits, case)
    if emergencies(signals.alerts):
        return Advice(suggestions=_beside(signals.alerts, case, hits), hits=tuple(hits), case=case)
    if not answers(hits):
        return Advice(abstained=abstain(case, hits), hits=tuple(hits))
    composed = compose(worth_showing(hits, MAX_SUGGESTIONS, case.dangers), case)
    suggestions = [shown for s in composed if (shown := verify(s, case)) is not None]
    if not suggestions:
        return Advice(abstained=abstain(case, hits), hits=tuple(hits))
    return Advice(suggestions=tuple(suggestions[:MAX_SUGGESTIONS]), hits=tuple(hits), case=case)


def _beside(alerts: Sequence[Alert], case: Frame, hits: Sequence[ArticleHit]) -> tuple[Suggestion, ...]:
    """The one suggestion that may stand beside an emergency's protocol: nothing competes for attention."""
    if not answers(hits):
        return ()
    shown = (verify(suggestion, case) for suggestion in compose(hits[:1], case))
    article, talk = hits[0].article, case.conversation
    beside = (beside_alarm(suggestion, article, alerts, talk) for suggestion in shown if suggestion)
    return tuple(suggestion for suggestion in beside if suggestion)


def _telling(on_delta: Callable[[Delta], None] | None) -> Callable[[str], None] | None:
    return None if on_delta is None else lambda text: on_delta(Delta(text))


def escalate(
    conversation: Conversation,
    known: ClientKnowledge,
    signals: Signals,
    advice: Advice,
    near: Mapping[Priority, float] | None = None,
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
            request=advice.request,
            nearness=near or {},
        ),
    )


class _Stages:
    """The stages behind the signals: how long each took (milliseconds), and which failed.

    Whatever fails there, the alerts of the turn go out, with the name of the stage in `degraded`.
    """

    def __init__(self) -> None:
        self.failed: list[str] = []
        self._start = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def run(self, name: str, work: Callable[[], _Found], otherwise: _Found) -> _Found:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - an alert is never lost to what comes after it
            # The message may hold what a customer said: only the kind of error is logged.
            log().error("stage failed", what=name, kind=type(error).__name__)
            self.failed.append(name)
            return otherwise
        finally:
            self.lap(name)

    def lap(self, name: str) -> None:
        now = perf_counter()
        self._laps[name] = round((now - self._last) * 1000, 2)
        self._last = now

    def timings(self) -> dict[str, float]:
        return {**self._laps, "total": round((perf_counter() - self._start) * 1000, 2)}
