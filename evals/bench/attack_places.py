"""Where somebody else's words get in: a customer's turn, an article, the agent's draft, a precedent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never, cast

from copilot.conversation import Conversation, Turn
from copilot.pipeline import Pipeline
from evals.bench.model_world import as_conversation
from evals.cases import ConversationCase
from knowledge.base import KnowledgeBase
from knowledge.model import (
    Article,
    ArticleHit,
    ClientKnowledge,
    Passage,
    PassageHit,
    Precedent,
    PrecedentHit,
)

Place = Literal["turn", "article", "draft", "precedent"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation and the product that answers it, with somebody else's words in one of them."""

    conversation: Conversation
    pipeline: Pipeline


def set_in(place: Place, words: str, case: ConversationCase, pipeline: Pipeline) -> Scene:
    """Return the case with the words at that place."""
    conversation = as_conversation(case)
    match place:
        case "turn":
            return Scene(_with_turn(conversation, words), pipeline)
        case "draft":
            return Scene(replace(conversation, draft=words), pipeline)
        case "article":
            base = PoisonedBase(pipeline.knowledge, next(iter(case.relevant), ""), words)
            return Scene(conversation, _on(base, pipeline))
        case "precedent":
            return Scene(conversation, _on(MisledBase(pipeline.knowledge, words), pipeline))
        case _:
            assert_never(place)


def _on(base: object, pipeline: Pipeline) -> Pipeline:
    return replace(pipeline, knowledge=cast(KnowledgeBase, base))


def _with_turn(conversation: Conversation, text: str) -> Conversation:
    turn = Turn(len(conversation.turns), "customer", text, conversation.now)
    return replace(conversation, turns=(*conversation.turns, turn))


class PoisonedBase:
    """A knowledge base of which one article ends with a line of somebody else's."""

    def __init__(self, base: KnowledgeBase, article_id: str, line: str) -> None:
        self._base, self._article_id, self._line = base, article_id, line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    def client(self, client_id: str) -> ClientKnowledge:
        """Return the knowledge with the line in it."""
        known = self._base.client(client_id)
        article = known.articles.get(self._article_id)
        if article is None:
            return known
        passage = self._passage(article)
        return replace(
            known,
            articles={**known.articles, article.id: self._with_line(article)},
            passages={**known.passages, passage.id: passage},
        )

    def search(self, *asked: Any, **options: Any) -> tuple[ArticleHit, ...]:
        """Return what is found, the line as the best passage of its article."""
        return tuple(self._hit(hit) for hit in self._base.search(*asked, **options))

    def _hit(self, hit: ArticleHit) -> ArticleHit:
        if hit.article.id != self._article_id:
            return hit
        article = self._with_line(hit.article)
        found = PassageHit(self._passage(article), article, 1.0, 1.0, 1.0, 1.0)
        return replace(hit, article=article, passages=(found, *hit.passages))

    def _with_line(self, article: Article) -> Article:
        return replace(article, body=f"{article.body}\n\n{self._line}\n")

    def _passage(self, article: Article) -> Passage:
        id_ = f"{article.id}#attack"
        return Passage(id_, article.id, article.version, "paragraph", self._line, position=10_000)


class MisledBase:
    """A knowledge base whose nearest precedent is somebody else's."""

    def __init__(self, base: KnowledgeBase, words: str) -> None:
        self._base, self._words = base, words

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    def search_precedents(self, *asked: Any, **options: Any) -> tuple[PrecedentHit, ...]:
        """Return what is found, the written one first."""
        found = self._base.search_precedents(*asked, **options)
        situation = found[0].precedent.situation if found else self._words
        written = Precedent("attack", None, situation, self._words, self._words, "")
        return (PrecedentHit(written, 1.0), *found)
