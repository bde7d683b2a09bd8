"""What the copilot answers: frozen values in the shapes that integrators rely on (API section 3.1).

Every `quote` is an exact substring (after Unicode NFKC, white space aside) of the turn or the
article version that it names. Unknown is None, never a guess.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

AlertLevel = Literal["emergency", "urgent"]
StockLabel = Literal["stock", "mixed", "substantive"]
CheckKind = Literal[
    "stock_phrase",
    "repeated_stock",
    "over_authority",
    "reasked_fact",
    "unanswered_question",
    "forbidden_wording",
]
Verdict = Literal["allowed", "needs_approval", "forbidden"]
SuggestionAuthority = Literal["within", "needs_escalation", "not_applicable"]
Mode = Literal["llm", "embedded"]
Priority = Literal["P0", "P1", "P2", "P3"]


class Value(BaseModel):
    """A frozen value of the answer."""

    model_config = ConfigDict(frozen=True)


class Protocol(Value):
    """What the agent does in the next sixty seconds; `say` is read aloud as it is."""

    title: str
    steps: tuple[str, ...]
    say: str
    never_say: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()


class Alert(Value):
    """Danger (or somebody with authority must act within the hour), and what to do first."""

    level: AlertLevel
    category: str
    turn_index: int
    quote: str
    services: tuple[str, ...]
    protocol: Protocol
    reason: str
    sources: tuple[str, ...] = Field(
        default=(), description="layers that raised it: rules, classifier, model"
    )


class Fact(Value):
    """Something the customer (or a system turn) gave, so that nobody asks for it again."""

    slot: str
    value: str
    turn_index: int
    quote: str


class Check(Value):
    """A remark on what the agent said (`where` = turn) or is about to say (`where` = draft)."""

    kind: CheckKind
    where: Literal["turn", "draft"]
    turn_index: int | None
    quote: str
    label: StockLabel | None = None
    missing: tuple[str, ...] = ()
    message: str


class Promise(Value):
    """A commitment to a concrete act; `due_at` is None for vague words."""

    turn_index: int
    quote: str
    action: str
    due_at: datetime | None


class Citation(Value):
    """Exact words of one version of an article."""

    article_id: str
    title: str
    version: str
    quote: str


class ActionVerdict(Value):
    """One action of a suggestion against the client's authority matrix."""

    action: str
    amount: float | None = None
    currency: str | None = None
    verdict: Verdict
    limit: float | None = None
    escalate_to: str | None = None
    reason: str


class Suggestion(Value):
    """A resolution that can be sent: `reply` to the customer, `steps` for the agent."""

    id: str
    title: str
    reply: str
    steps: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    actions: tuple[ActionVerdict, ...] = ()
    authority: SuggestionAuthority
    confidence: float
    escalate_to: str | None = Field(default=None, description="who decides, where this agent may not")


class Abstention(Value):
    """The knowledge does not answer: what to say, what to collect, whom to ask."""

    reason: str
    say: str
    collect: tuple[str, ...]
    escalate_to: str | None


class Precedent(Value):
    """A similar resolved case. It informs; it never overrides an article."""

    case_id: str
    situation: str
    what_was_done: str
    outcome: str
    authority_used: str
    similarity: float


class TimelineEntry(Value):
    """One line of what happened when, with the turn it rests on."""

    at: str | None
    text: str
    turn_index: int


class EscalationFields(Value):
    """The structured half of an escalation. Unknown stays None or empty."""

    what_happened: str
    timeline: tuple[TimelineEntry, ...] = ()
    people: tuple[str, ...] = ()
    subject: dict[str, str] = Field(default_factory=dict)
    order_id: str | None = None
    phone: str | None = None
    place: str | None = None
    loss: str | None = None
    demand: str | None = None
    tried: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    earlier: tuple[str, ...] = Field(
        default=(), description="earlier conversations about the same subject, one line each"
    )


class Escalation(Value):
    """A hand-over that the client company can decide on without a call back."""

    priority: Priority
    category: str
    to: str
    respond_by: datetime | None
    headline: str
    fields: EscalationFields
    asks: tuple[str, ...]
    unknowns: tuple[str, ...]
    text: str


class ModelUse(Value):
    """One call of a language model: which, with which prompt version, and what it took.

    `cut` counts sentences that were not shown, by reason. A remembered answer (`cached`) takes no tokens.
    """

    purpose: str
    model: str
    prompt: str
    tokens_in: int
    tokens_out: int
    first_token_ms: float | None = None
    total_ms: float
    cached: bool = False
    cut: dict[str, int] = Field(default_factory=dict)


class Answer(Value):
    """One look at one conversation."""

    request_id: str
    client_id: str
    knowledge_version: str
    mode: Mode
    degraded: tuple[str, ...] = ()
    timings_ms: dict[str, float]
    alerts: tuple[Alert, ...] = ()
    facts: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    promises: tuple[Promise, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    abstained: Abstention | None = None
    precedents: tuple[Precedent, ...] = ()
    escalation: Escalation | None = None
    usage: tuple[ModelUse, ...] = Field(default=(), description="calls of language models, none without one")
