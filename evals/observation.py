"""One case put through the product: what came back, at which turn, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Protocol, assert_never

from pydantic import BaseModel, ConfigDict

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.request import DEFAULT_WANT, TurnIn, Want
from evals.cases import (
    Case,
    ConversationCase,
    EmergencyCase,
    PromiseCase,
    RecordedCase,
    RetrievalCase,
    StockCase,
    conversation_of,
)

RETRIEVAL_LIMIT = 10


class Assistant(Protocol):
    """The product as evaluation sees it."""

    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        """Return the answer to one look at one conversation."""
        ...

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        """Return article ids for the question, best first, one row an article."""
        ...


class Look(BaseModel):
    """One answer: after the turn `turn_index`, within `elapsed_ms` milliseconds."""

    model_config = ConfigDict(frozen=True)

    turn_index: int
    elapsed_ms: float
    answer: Answer


class Observation(BaseModel):
    """Everything the product said about one case; `failure` is the error it died of instead.

    `found` are the document ids of a plain retrieval case, best first.
    """

    model_config = ConfigDict(frozen=True)

    looks: tuple[Look, ...] = ()
    found: tuple[str, ...] = ()
    elapsed_ms: float = 0.0
    failure: str | None = None

    @property
    def answer(self) -> Answer | None:
        """The answer to the whole conversation, None after a failure."""
        return self.looks[-1].answer if self.looks else None


def neutral_client(lang: str) -> str:
    """Return the id of the client with the default protocol for cases that name none."""
    return {"zh-Hant": "neutral-hant", "en": "neutral-en"}.get(lang, "neutral")


def client_of(case: Case) -> str | None:
    """Return the client in whose name the case is answered, None for plain retrieval."""
    match case:
        case ConversationCase() | RecordedCase():
            return case.client
        case EmergencyCase():
            return case.client or neutral_client(case.lang)
        case StockCase() | PromiseCase():
            return neutral_client(case.lang)
        case RetrievalCase():
            return None
        case _:
            assert_never(case)


def _look(assistant: Assistant, conversation: Conversation, want: Sequence[Want]) -> Look:
    started = perf_counter()
    answer = assistant.assist(conversation, want)
    return Look(
        turn_index=conversation.turns[-1].index,
        elapsed_ms=(perf_counter() - started) * 1000,
        answer=answer,
    )


def _prefixes(case: EmergencyCase) -> Iterator[tuple[TurnIn, ...]]:
    """The conversation as it stood after each customer turn."""
    for end, turn in enumerate(case.turns, start=1):
        if turn.role == "customer":
            yield case.turns[:end]


def _replayed(case: EmergencyCase, assistant: Assistant) -> Observation:
    client = case.client or neutral_client(case.lang)
    want: tuple[Want, ...] = ("alerts", "suggestions")
    prefixes = list(_prefixes(case))
    looks = tuple(
        # Earlier turns are looked at for their alerts only; the whole talk also for what is suggested.
        _look(assistant, conversation_of(prefix, client), want if prefix is prefixes[-1] else want[:1])
        for prefix in prefixes
    )
    return Observation(looks=looks)


def _answered(case: ConversationCase, assistant: Assistant) -> Observation:
    handed_over = case.escalation is not None or case.priority is not None
    want: tuple[Want, ...] = (*DEFAULT_WANT, "escalation") if handed_over else DEFAULT_WANT
    conversation = conversation_of(case.turns, case.client, case.agent_tier, case.now)
    return Observation(looks=(_look(assistant, conversation, want),))


def _until_customer(turns: tuple[TurnIn, ...]) -> tuple[TurnIn, ...]:
    """Up to the customer's last word: there the agent needed advice."""
    ends = [end for end, turn in enumerate(turns, start=1) if turn.role == "customer"]
    return turns[: ends[-1]] if ends else turns


def _recorded(case: RecordedCase, assistant: Assistant) -> Observation:
    turns = _until_customer(case.turns)
    conversation = conversation_of(turns, case.client, case.agent_tier, case.now)
    return Observation(looks=(_look(assistant, conversation, DEFAULT_WANT),))


def stock_turns(case: StockCase) -> tuple[TurnIn, ...]:
    """Return the context as the customer's turn (or as given), then the reply as the agent's."""
    reply = TurnIn(role="agent", text=case.text)
    if not isinstance(case.context, str):
        return (*case.context, reply)
    return (TurnIn(role="customer", text=case.context), reply) if case.context else (reply,)


def _labelled(case: StockCase, assistant: Assistant) -> Observation:
    conversation = conversation_of(stock_turns(case), neutral_client(case.lang))
    return Observation(looks=(_look(assistant, conversation, ("facts", "checks")),))


def _promised(case: PromiseCase, assistant: Assistant) -> Observation:
    turn = TurnIn(role=case.speaker, text=case.text, at=case.said_at)
    conversation = conversation_of((turn,), neutral_client(case.lang), now=case.said_at)
    return Observation(looks=(_look(assistant, conversation, ("promises",)),))


def _found(case: RetrievalCase, assistant: Assistant) -> Observation:
    started = perf_counter()
    found = tuple(assistant.search(case.base, case.turns, RETRIEVAL_LIMIT))
    return Observation(found=found, elapsed_ms=(perf_counter() - started) * 1000)


def observe(case: Case, assistant: Assistant) -> Observation:
    """Return what the product does with the case."""
    match case:
        case EmergencyCase():
            return _replayed(case, assistant)
        case ConversationCase():
            return _answered(case, assistant)
        case RecordedCase():
            return _recorded(case, assistant)
        case StockCase():
            return _labelled(case, assistant)
        case PromiseCase():
            return _promised(case, assistant)
        case RetrievalCase():
            return _found(case, assistant)
        case _:
            assert_never(case)
