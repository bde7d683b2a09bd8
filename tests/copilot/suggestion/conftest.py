"""A tiny bicycle workshop: one article a test, real passages, no embedder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from copilot.answer import Suggestion
from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.choice.selection import rules_of
from copilot.suggestion.embedded import compose, frame
from knowledge.model import (
    Article,
    ArticleHit,
    AuthorityMatrix,
    ClientKnowledge,
    ClientSettings,
    Contact,
    PassageHit,
)
from knowledge.model import Rule as AuthorityRule
from knowledge.passages import passages_of

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class Workshop:
    """The workshop's knowledge, and what it makes of a conversation."""

    knowledge: ClientKnowledge

    def case(self, *said: str, tier: str = "L1") -> Frame:
        """Turns are the customer's, those that begin with 「[」 the helpdesk's."""
        turns = [
            Turn(index, "system" if text.startswith("[") else "customer", text, NOW)
            for index, text in enumerate(said)
        ]
        return frame(Conversation("chelun", Agent("a", tier), tuple(turns), NOW), self.knowledge, ())

    def hits(self) -> tuple[ArticleHit, ...]:
        return tuple(_hit(article, self.knowledge) for article in self.knowledge.articles.values())

    def rules(self, *said: str) -> tuple[Rule, ...]:
        return rules_of(self.hits()[0], self.case(*said))

    def suggest(self, *said: str, tier: str = "L1") -> Suggestion:
        return compose(self.hits()[:1], self.case(*said, tier=tier))[0]


def _hit(article: Article, knowledge: ClientKnowledge) -> ArticleHit:
    passages = [p for p in knowledge.passages.values() if p.article_id == article.id]
    return ArticleHit(article, 1.0, 0.9, tuple(PassageHit(p, article, 0.5, 0.5, 0.0, 0.5) for p in passages))


AUTHORITY = AuthorityMatrix(
    version="1",
    currency="CNY",
    tiers=("L1", "L2"),
    rules=(
        AuthorityRule("refund", tier="L1", max=30, escalate_to="L2"),
        AuthorityRule("refund", tier="L2", max=300, escalate_to="client_money"),
        AuthorityRule("coupon", tier="L1", max=5, escalate_to="L2"),
    ),
)
SETTINGS = ClientSettings(
    id="chelun",
    name="车轮行",
    contacts={
        "L2": Contact("L2", "外包二线", target_minutes=30),
        "client_money": Contact("client_money", "财务岗", target_minutes=240),
        "client_yard": Contact("client_yard", "车场值班", target_minutes=60),
    },
)


@pytest.fixture
def workshop() -> Callable[..., Workshop]:
    """Return a workshop with these articles."""

    def build(*bodies: str) -> Workshop:
        articles = {
            f"CL-{n}": Article(f"CL-{n}", f"规定{n}", body, f"v{n}") for n, body in enumerate(bodies, 1)
        }
        passages = {p.id: p for article in articles.values() for p in passages_of(article)}
        # What is remembered of a version must not be another test's.
        version = hashlib.sha256("\n".join(bodies).encode()).hexdigest()[:12]
        return Workshop(ClientKnowledge(SETTINGS, AUTHORITY, articles, passages, {}, version))

    return build
