"""A client's knowledge as frozen values: what the folder says, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

PassageKind = Literal["lead", "paragraph", "step", "item", "row", "question"]


@dataclass(frozen=True, slots=True)
class Article:
    """One version of a knowledge document. `body` is what citations quote from.

    `version` is a short content hash: the same words have the same version.
    Outside `valid_from`..`valid_to` (inclusive, in the client's time zone) it is never suggested.
    """

    id: str
    title: str
    body: str
    version: str
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    audience: str | None = None
    source: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def valid_on(self, day: date) -> bool:
        """Whether the article may speak on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable piece of an article, with the structure it stood in.

    `text` is an exact substring of the article's body (a sentence group, a numbered step, a list
    item, a table row with its pipes), so that it can be quoted. `heading` is the path of headings
    above it; a `row` knows its table's `header` and its own `cells` (same length); a `step` its
    `number`; an `item`/`step`/`row` the sentence that introduces its list or table (`lead_in`).
    """

    id: str
    article_id: str
    article_version: str
    kind: PassageKind
    text: str
    position: int
    heading: tuple[str, ...] = ()
    lead_in: str = ""
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Precedent:
    """A resolved case of cases.csv."""

    id: str
    date: date | None
    situation: str
    what_was_done: str
    outcome: str
    authority_used: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of authority.yaml. `tier` None means every tier; `max` None means no amount limit."""

    action: str
    tier: str | None = None
    allowed: bool = True
    max: float | None = None
    unit: str | None = None
    per_user: str | None = None
    valid_days: int | None = None
    escalate_to: str | None = None
    note: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class AuthorityMatrix:
    """What which tier may do. `tiers` from lowest to highest. What is not listed is not allowed."""

    version: str
    currency: str
    tiers: tuple[str, ...]
    rules: tuple[Rule, ...]

    def __hash__(self) -> int:
        """Of a part that tells most matrices apart: whoever remembers by a matrix asks in every turn."""
        return hash((self.version, self.currency, self.tiers, len(self.rules), self.rules[:1]))


@dataclass(frozen=True, slots=True)
class PriorityLevel:
    """One of P0..P3 as this client defines it; times in minutes."""

    name: str
    definition: str
    client_response_minutes: int | None = None
    agent_must_report_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an escalation may go. `target_minutes` is the time the contact has to respond."""

    key: str
    name: str
    channel: str | None = None
    target_minutes: int | None = None
    hours: str | None = None
    deliver_to: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class UnknownTopic:
    """What the client wants said, collected and done where its knowledge has no answer."""

    say: str | None = None
    collect: tuple[str, ...] = ()
    do: str | None = None


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """client.yaml. Keys we do not know are kept in `extra`.

    `located`: the client names its time zone itself, so that this says where it is.
    """

    id: str
    name: str
    language: str = "zh-Hans"
    timezone: str = "Asia/Shanghai"
    located: bool = False
    currency: str = "CNY"
    business_hours: Mapping[str, str] = field(default_factory=dict, hash=False)
    tone: str | None = None
    priorities: Mapping[str, PriorityLevel] = field(default_factory=dict, hash=False)
    contacts: Mapping[str, Contact] = field(default_factory=dict, hash=False)
    emergency_protocol: tuple[str, ...] = ()
    emergency_services: Mapping[str, str] = field(default_factory=dict, hash=False)
    unknown_topic: UnknownTopic = field(default_factory=UnknownTopic)
    forbidden_wording: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ClientKnowledge:
    """Everything of one client at one version: the snapshot that a whole answer rests on."""

    settings: ClientSettings
    authority: AuthorityMatrix
    articles: Mapping[str, Article]
    passages: Mapping[str, Passage]
    precedents: Mapping[str, Precedent]
    version: str


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A found passage. `score` is 0..1 within its search; `dense` is the cosine, `lexical` the raw BM25.

    `likeness` is the cosine as nobody taught it: within one article, what was taught of articles says little.
    """

    passage: Passage
    article: Article
    score: float
    dense: float
    lexical: float
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a found article.

    `dense`: its best cosine. `margin`: its hybrid score less that of the best other article.
    `coverage`: the share (0..1) of the question's words, by weight and rarity, that it has.
    `latin`: the share (0..1) of the question's words in Latin script: English has lower cosines and,
    having no pairs of characters, higher coverage.
    """

    dense: float
    margin: float
    coverage: float
    latin: float = 0.0


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article with its best passages, best first.

    `confidence` is the calibrated probability that the article answers the question (0..1),
    comparable between clients and questions.
    """

    article: Article
    score: float
    confidence: float
    passages: tuple[PassageHit, ...]
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class PrecedentHit:
    """A similar resolved case; `similarity` is the cosine of its situation with the question."""

    precedent: Precedent
    similarity: float


@dataclass(frozen=True, slots=True)
class WeightedText:
    """A part of a question and how much its words count in the lexical search."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class SearchQuery:
    """What is asked: a unit vector of shape (dimensions,) and the words behind it.

    `parts` are ordered as said; the confidence asks which of their words an article covers. `talk` holds
    what everybody said, oldest first, for the names in it. `wanted` is the same question as a unit vector
    near the rules that answer it (None: `vector` has to do); `latest` is that of the last request alone,
    which decides between the articles of one named thing.
    """

    vector: NDArray[np.float32]
    parts: tuple[WeightedText, ...]
    talk: tuple[str, ...] = ()
    latest: NDArray[np.float32] | None = None
    wanted: NDArray[np.float32] | None = None
